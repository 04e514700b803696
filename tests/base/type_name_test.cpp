// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/base/shape.hpp>
#include <qtensor/base/type_name.hpp>

using namespace qtensor;

namespace elsewhere {
struct Plain {};
template <class...> struct Outer {
    struct Inner {};
};
}  // namespace elsewhere

static_assert(type_name<int>() == "int");
static_assert(type_name<elsewhere::Plain>() == "elsewhere::Plain");
static_assert(bare_type_name<int>() == "int");
static_assert(bare_type_name<elsewhere::Plain>() == "Plain");
static_assert(bare_type_name<elsewhere::Outer<elsewhere::Plain, int>>() == "Outer");
static_assert(bare_type_name<Shape<2, 3>>() == "Shape");

TEST_CASE("type_name is what the compiler writes", "[type_name]") {
    CHECK(type_name<Shape<2, 3>>().find("Shape<2") != std::string_view::npos);
    CHECK(type_name<Shape<2, 3>>().substr(0, 9) == "qtensor::");
    CHECK(type_name<Shape<2, 3>>().back() == '>');
}
