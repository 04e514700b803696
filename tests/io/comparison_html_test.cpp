// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/io/comparison_html.hpp>

#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "support/comparison_cases.hpp"

using namespace qtensor;

namespace {

std::size_t count(const std::string& text, const std::string& part) {
    std::size_t found = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++found;
    return found;
}

/// Every element that is opened is closed, in order; `void_elements` never are.
bool is_well_nested(const std::string& html) {
    std::vector<std::string> open;
    for (std::size_t at = html.find('<'); at != std::string::npos; at = html.find('<', at + 1)) {
        const std::size_t end = html.find('>', at);
        if (end == std::string::npos) return false;
        const std::string tag = html.substr(at + 1, end - at - 1);
        const std::string name = tag.substr(0, tag.find(' '));
        if (tag[0] == '!' || name == "meta" || tag.back() == '/') continue;
        if (tag[0] != '/') {
            open.push_back(name);
        } else {
            if (open.empty() || "/" + open.back() != tag) return false;
            open.pop_back();
        }
    }
    return open.empty();
}

}  // namespace

TEST_CASE("the page is whole, refers to nothing else and shows every layer", "[comparison_html]") {
    const Comparison comparison = qtensor_test::known_comparison();
    const std::string html = to_html(comparison, "Digits <int8> & \"more\"");
    CHECK(is_well_nested(html));
    CHECK(!is_well_nested("<p><b></p></b>"));
    CHECK(count(html, "<script") + count(html, "http") + count(html, "url(") + count(html, "src=") == 0);
    CHECK(count(html, "nan") + count(html, "inf'") == 0);
    CHECK(count(html, "Digits &lt;int8&gt; &amp; &quot;more&quot;") == 2);
    CHECK(count(html, "99.56 %") == 1);
    CHECK(count(html, "<svg") == 2);
    CHECK(count(html, "<tr>") == 6);
    CHECK(count(html, "8&#215;8&#215;1 &#8594; 6&#215;6&#215;8") == 3);
    CHECK(count(html, "class='alone'") == 4);  // not for the input
    CHECK(count(html, "<rect class='fair'") == 1);
    CHECK(count(html, "<rect class='good'") == 2);
    CHECK(count(html, "<rect class='poor'") == 3);  // two bars of SQNR and the clipped end of a range
    CHECK(count(html, "<td>1+2 of 8</td>") == 1);
    CHECK(count(html, "<b>1.1 Dense</b><span>loses most by itself: 21.0 dB</span>") == 1);
}

TEST_CASE("bars are as long as the numbers say", "[comparison_html]") {
    // 54.2 dB is the largest, so the axis ends at 60 dB: 640 units wide.
    const std::string html = to_html(qtensor_test::known_comparison(), "bars");
    CHECK(count(html, "<text class='soft' x='890.0' y='170.0' text-anchor='middle'>60 dB</text>") == 1);
    CHECK(count(html, "<rect class='fair' x='250.0' y='38.0' width='405.3' height='14' rx='3'/>") == 1);  // 38 dB
    CHECK(count(html, "<circle class='alone' cx='692.7' cy='45.0' r='5'/>") == 1);                        // 41.5 dB
    // Layer 0: values reach 12.4, codes 10.2 of them; the track is 520 units wide.
    CHECK(count(html, "<rect class='track' x='310.0' y='35.0' width='427.7' height='20' rx='2'/>") == 1);
    CHECK(count(html, "<rect class='poor' x='737.7' y='41.0' width='92.3' height='8' rx='2'/>") == 1);
}

TEST_CASE("the page is written to a file, or the reason is said", "[comparison_html]") {
    const Comparison comparison = qtensor_test::known_comparison();
    std::string name = (std::filesystem::temp_directory_path() / "qtensor_html_XXXXXX").string();
    const int handle = mkstemp(name.data());
    REQUIRE(handle >= 0);
    write_html(name, comparison, "a title");
    std::ifstream file(name, std::ios::binary);
    std::stringstream text;
    text << file.rdbuf();
    CHECK(text.str() == to_html(comparison, "a title"));
    std::filesystem::remove(name);
    CHECK_THROWS_WITH(write_html("/no/such/folder/report.html", comparison, ""),
                      "/no/such/folder/report.html: cannot be opened for writing");
}
