// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/io/contour.hpp>

#include <limits>
#include <string>

using namespace qtensor;

namespace {

std::size_t count(const std::string& text, const std::string& part) {
    std::size_t found = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
    return found;
}

std::string complaint(const std::vector<Panel>& panels) {
    try {
        contour_svg(panels);
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
    return "nothing was thrown";
}

}  // namespace

TEST_CASE("contour: lines cross the edges of cells where the height is reached") {
    // A slope of 0, 1, 2 to the right: the line of 0.5 is vertical in the middle of the first column of cells.
    CHECK(detail::contour_path({0, 1, 2, 0, 1, 2, 0, 1, 2}, 3, 0.5) == "M0.50 0.00L0.50 1.00M0.50 1.00L0.50 2.00");
    CHECK(detail::contour_path({0, 1, 2, 0, 1, 2, 0, 1, 2}, 3, 5.0).empty());
    // A peak in one corner of a cell, and a saddle: two pieces.
    CHECK(detail::contour_path({0, 0, 0, 4}, 2, 1.0) == "M1.00 0.25L0.25 1.00");
    CHECK(count(detail::contour_path({1, 0, 0, 1}, 2, 0.5), "M") == 2);
}

TEST_CASE("contour: colours run from dark to light") {
    CHECK(detail::viridis(0.0) == "#440154");
    CHECK(detail::viridis(0.5) == "#21918c");
    CHECK(detail::viridis(1.0) == "#fde725");
    CHECK(detail::viridis(-3.0) == detail::viridis(0.0));
}

TEST_CASE("contour: a picture of two panels") {
    const Landscape bowl{3, 1.0f, {2, 1, 2, 1, 0.1, 1, 2, 1, 2}};
    const std::string svg = contour_svg({{"float", bowl}, {"a < b", bowl}});
    CHECK(svg.substr(0, 4) == "<svg");
    CHECK(svg.find("</svg>\n") == svg.size() - 7);
    CHECK(count(svg, "<g ") == 4);
    CHECK(count(svg, "</g>") == 4);
    CHECK(count(svg, "<circle") == 2);
    CHECK(count(svg, "a &lt; b") == 1);
    CHECK(count(svg, "h1v1h-1z") == 8);
    CHECK(count(svg, "loss 0.1000") == 1);
}

TEST_CASE("contour: what cannot be drawn is said") {
    CHECK(complaint({}) == "contour_svg: there is nothing to draw");
    CHECK(complaint({{"x", Landscape{3, 1.0f, std::vector<double>(9, -1.0)}}}) ==
          "contour_svg: \"x\" has a loss of -1.000000; heights are finite and not negative");
    CHECK(complaint({{"x", Landscape{3, 1.0f, std::vector<double>(9, std::numeric_limits<double>::infinity())}}}) ==
          "contour_svg: \"x\" has a loss of inf; heights are finite and not negative");
    CHECK(complaint({{"flat", Landscape{3, 1.0f, std::vector<double>(9, 0.0)}}}) == "nothing was thrown");
    std::string said;
    try {
        write_contour("no/such/folder/picture.svg", {{"flat", Landscape{3, 1.0f, std::vector<double>(9, 0.5)}}});
    } catch (const std::runtime_error& error) {
        said = error.what();
    }
    CHECK(said == "no/such/folder/picture.svg: cannot be written");
}
