// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/layer/image_checks.hpp>
#include <qtensor/scale/affine.hpp>

#include <cstdint>
#include <vector>

#include "support/refused.hpp"

using namespace qtensor;
using qtensor_test::refused;
using qtensor_test::says;

namespace {

struct Bound {
    static constexpr Affine<> input_scale() { return {0.5f, 3}; }
    static constexpr Affine<> output_scale() { return {0.25f, 4}; }
};

using Four = Shape<dyn, dyn, dyn, dyn>;
using Image = QTensor<std::int8_t, Affine<>, Four>;

/// x [2][5][6][3] under a window of 3 x 2 makes y [2][3][5][7].
std::string checked(Four in, Four out, Affine<> sx = {0.5f, 3}, Affine<> sy = {0.25f, 4}) {
    std::vector<std::int8_t> cells(1000);
    return refused([&] {
        check_images<std::int8_t, std::int8_t>(Bound{}, Window{{3}, {2}}, 3, 7, Image(cells.data(), in, sx),
                                               Image(cells.data(), out, sy));
    });
}

}  // namespace

TEST_CASE("Images that do not fit a window are refused in a sentence", "[layer]") {
    CHECK(checked(Four(2, 5, 6, 3), Four(2, 3, 5, 7)) == "nothing was refused");
    CHECK(says(checked(Four(2, 5, 6, 4), Four(2, 3, 5, 7)), "another number of channels than the filters take"));
    CHECK(says(checked(Four(2, 5, 6, 3), Four(1, 3, 5, 7)), "different batches"));
    CHECK(says(checked(Four(2, 5, 6, 3), Four(2, 4, 5, 7)), "another height than the window makes"));
    CHECK(says(checked(Four(2, 5, 6, 3), Four(2, 3, 6, 7)), "another width than the window makes"));
    CHECK(says(checked(Four(2, 5, 6, 3), Four(2, 3, 5, 3)), "another number of channels than this layer makes"));
    CHECK(says(checked(Four(2, 2, 6, 3), Four(2, 3, 5, 7)), "larger than the padded image"));
    CHECK(says(checked(Four(2, 5, 6, 3), Four(2, 3, 5, 7), {0.5f, 2}), "x has another scale or zero point"));
    CHECK(says(checked(Four(2, 5, 6, 3), Four(2, 3, 5, 7), {0.5f, 3}, {0.5f, 4}), "y has another scale"));
}

TEST_CASE("Padding needs a code for real zero", "[layer]") {
    constexpr Window inside{{3}, {3}}, padded{{3, 1, 1, 0, 1}, {3}};
    const auto check = [](const Window& window, std::int32_t zero) {
        return refused([&] { require_padding_code<int8_symmetric>(Affine<>{1.0f, zero}, window); });
    };
    CHECK(check(padded, -127) == "nothing was refused");
    CHECK(check(padded, 127) == "nothing was refused");
    CHECK(says(check(padded, -128), "padding is real zero"));
    CHECK(says(check(padded, 128), "padding is real zero"));
    CHECK(check(inside, 128) == "nothing was refused");
}
