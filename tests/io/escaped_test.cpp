// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/io/escaped.hpp>

TEST_CASE("what would be markup is spelled out", "[escaped]") {
    CHECK(qtensor::escaped("") == "");
    CHECK(qtensor::escaped("8 x 8, int8") == "8 x 8, int8");
    CHECK(qtensor::escaped("a<b> & \"c\" 'd'") == "a&lt;b&gt; &amp; &quot;c&quot; &#39;d&#39;");
}
