// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/gemm/clamp.hpp>
#include <qtensor/layer/combine_into.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "support/arches.hpp"
#include "support/cmsis_nn.hpp"
#include "support/guard_pages.hpp"
#include "support/npy.hpp"
#include "support/refused.hpp"

using namespace qtensor;
using qtensor_test::BetweenGuards;
using qtensor_test::EveryArch;
using qtensor_test::Flush;
using qtensor_test::refused;
using qtensor_test::says;

namespace {

using Four = Shape<dyn, dyn, dyn, dyn>;

struct Operand {
    Four shape;
    Affine<> scale;
};

template <class Op, class Arch, class X, class... Stages>
std::vector<X> run(const std::vector<X>& a, Operand in_a, const std::vector<X>& b, Operand in_b, Operand out,
                   Flush flush, const Stages&... stages) {
    BetweenGuards<X> left(a.size(), flush), right(b.size(), flush), to(out.shape.size(), flush);
    std::copy(a.begin(), a.end(), left.data());
    std::copy(b.begin(), b.end(), right.data());
    combine_into<Op, numerics::TfLite, Arch>(QTensor<const X, Affine<>, Four>(left.data(), in_a.shape, in_a.scale),
                                             QTensor<const X, Affine<>, Four>(right.data(), in_b.shape, in_b.scale),
                                             QTensor<X, Affine<>, Four>(to.data(), out.shape, out.scale), stages...);
    CHECK((left.clean() && right.clean() && to.clean()));
    return {to.data(), to.data() + to.size()};
}

}  // namespace

TEST_CASE("Operands are repeated along extents of one", "[layer][combine]") {
    const std::array<std::size_t, 4> full{2, 3, 4, 19};
    for (unsigned mask = 0; mask < 256; ++mask) {  // which axes of a, which of b
        std::array<std::size_t, 4> ea{}, eb{}, ey{};
        for (unsigned i = 0; i < 4; ++i) {
            ea[i] = mask >> i & 1 ? 1 : full[i];
            eb[i] = mask >> (4 + i) & 1 ? 1 : full[i];
            ey[i] = std::max(ea[i], eb[i]);
        }
        const Affine<> one{1.0f, 0};
        const Operand a{Four(ea[0], ea[1], ea[2], ea[3]), one}, b{Four(eb[0], eb[1], eb[2], eb[3]), one};
        const Operand y{Four(ey[0], ey[1], ey[2], ey[3]), one};
        std::vector<std::int16_t> as(a.shape.size()), bs(b.shape.size()), want;
        for (std::size_t i = 0; i < as.size(); ++i) as[i] = static_cast<std::int16_t>(7 * i % 1000);
        for (std::size_t i = 0; i < bs.size(); ++i) bs[i] = static_cast<std::int16_t>(11 * i % 1000);
        for (std::size_t n = 0; n < ey[0]; ++n) {
            for (std::size_t h = 0; h < ey[1]; ++h) {
                for (std::size_t w = 0; w < ey[2]; ++w) {
                    for (std::size_t c = 0; c < ey[3]; ++c) {
                        const auto at = [&](const std::array<std::size_t, 4>& e) {
                            return ((n % e[0] * e[1] + h % e[1]) * e[2] + w % e[2]) * e[3] + c % e[3];
                        };
                        want.push_back(std::max(as[at(ea)], bs[at(eb)]));
                    }
                }
            }
        }
        EveryArch::each([&]<class Arch>() {
            REQUIRE((run<Maximum, Arch>(as, a, bs, b, y, mask % 2 ? Flush::back : Flush::front) == want));
        });
    }
}

TEST_CASE("A vector is added to every row; stages follow; y may be an operand", "[layer][combine]") {
    std::array<std::int8_t, 6> a{1, 2, 3, -4, -5, -6};
    const std::array<std::int8_t, 3> b{10, 20, -30};
    const Affine<> one{1.0f, 0};
    const QTensor<std::int8_t, Affine<>, Shape<2, 3>> both(a.data(), {}, one);
    combine_into<Add>(both, QTensor<const std::int8_t, Affine<>, Shape<3>>(b.data(), {}, one), both, Relu{});
    CHECK(a == std::array<std::int8_t, 6>{11, 22, 0, 6, 15, 0});
    std::array<float, 3> x{1.5f, -2.0f, 3.0f};
    const QTensor<float, Unscaled, Shape<3>> real(x.data(), {});
    combine_into<Subtract>(real, QTensor<const float, Unscaled, Shape<3>>(x.data(), {}), real);
    CHECK(x == std::array<float, 3>{});
}

TEST_CASE("CMSIS-NN: additions, products, minima and maxima, exactly", "[layer][combine]") {
    const auto folder = qtensor_test::vector_suite("cmsis_nn");
    if (!folder) {
        WARN("skipped: the conformance vectors are not beside the repository");
        return;
    }
    const qtensor_test::Manifest manifest(*folder / "manifest.json");
    // Multipliers of the files are those of scales 1, 1 and 2 (a sum), and of a scale that a float holds (a product).
    const auto flat = [&]<class Op, class X>(const Op&, const X&, const std::string& name, float a_scale,
                                             float y_scale) {
        const auto number = [&](const char* key) { return manifest.number(name, key, 0); };
        const auto a = qtensor_test::read_npy<X>(*folder / name / "input1.npy");
        const auto b = qtensor_test::read_npy<X>(*folder / name / "input2.npy");
        const Four shape(1, 1, 1, a.size());
        EveryArch::each([&]<class Arch>() {
            const auto y =
                run<Op, Arch>(a, {shape, {a_scale, -number("input1_offset")}}, b,
                              {shape, {1.0f, -number("input2_offset")}}, {shape, {y_scale, number("output_offset")}},
                              Flush::back, Clamp{number("out_activation_min"), number("out_activation_max")});
            INFO(name << " on " << Arch::name);
            CHECK((y == qtensor_test::read_npy<X>(*folder / name / "output_ref.npy")));
        });
    };
    flat(Add{}, std::int8_t{}, "add", 1.0f, 2.0f);
    flat(Add{}, std::int16_t{}, "add_s16_spill", 1.0f, 2.0f);
    flat(Multiply{}, std::int16_t{}, "mul_s16_spill", 1073774592.0f * 0x1p-45f, 1.0f);

    std::size_t count = 0;
    const auto extremes = [&]<class Op>(const Op&, const std::string& operation) {
        for (const auto& name : manifest.cases(operation)) {
            const auto shape = [&](const char* which) {
                const auto extent = [&](const char* key) {
                    return static_cast<std::size_t>(manifest.number(name, key + std::string(which), 1));
                };
                return Four(extent("batch"), extent("height"), extent("width"), extent("channel"));
            };
            const Four a = shape("_1"), b = shape("_2");
            const auto larger = [&](std::size_t axis) { return std::max(a.extent(axis), b.extent(axis)); };
            const Affine<> scale{1.0f, -128};
            EveryArch::each([&]<class Arch>() {
                INFO(name << " on " << Arch::name);
                CHECK((run<Op, Arch>(
                           qtensor_test::read_npy<std::int8_t>(*folder / name / "input_tensor_1.npy"), {a, scale},
                           qtensor_test::read_npy<std::int8_t>(*folder / name / "input_tensor_2.npy"), {b, scale},
                           {Four(larger(0), larger(1), larger(2), larger(3)), scale},
                           Flush::back) == qtensor_test::read_npy<std::int8_t>(*folder / name / "output_ref.npy")));
            });
            ++count;
        }
    };
    extremes(Minimum{}, "minimum_s8");
    extremes(Maximum{}, "maximum_s8");
    CHECK(count == 8);
}

TEST_CASE("SeaNet: additions and subtractions of 16 bits, exactly", "[layer][combine]") {
    const auto folder = qtensor_test::vector_suite("tflm_seanet");
    if (!folder) {
        WARN("skipped: the conformance vectors are not beside the repository");
        return;
    }
    const qtensor_test::Manifest manifest(*folder / "manifest.json");
    std::size_t count = 0;
    const auto check = [&]<class Op>(const Op&, const std::string& operation) {
        for (const auto& name : manifest.cases(operation)) {
            const auto path = *folder / name;
            const auto second = path / (std::filesystem::exists(path / "input1.npy") ? "input1.npy" : "tensor1.npy");
            const auto scales = manifest.lists(name, "scale");
            const auto operand = [&](const std::filesystem::path& file, std::size_t tensor) {
                auto shape = qtensor_test::npy_shape(file);
                while (shape.size() < 4) shape.insert(shape.begin(), 1);
                return Operand{Four(shape[0], shape[1], shape[2], shape[3]),
                               {static_cast<float>(scales.at(tensor).at(0)), 0}};
            };
            const Operand a = operand(path / "input0.npy", 0), b = operand(second, 1),
                          y = operand(path / "golden.npy", 2);
            EveryArch::each([&]<class Arch>() {
                INFO(name << " on " << Arch::name);
                CHECK((run<Op, Arch>(qtensor_test::read_npy<std::int16_t>(path / "input0.npy"), a,
                                     qtensor_test::read_npy<std::int16_t>(second), b, y,
                                     Flush::back) == qtensor_test::read_npy<std::int16_t>(path / "golden.npy")));
            });
            ++count;
        }
    };
    check(Add{}, "add_int16");
    check(Subtract{}, "sub_int16");
    CHECK(count == 12);
}

TEST_CASE("Operands that do not fit are refused in a sentence", "[layer][combine]") {
    std::array<std::int8_t, 12> cells{};
    const auto call = [&](std::size_t width) {
        return refused([&] {
            using Matrix = Shape<dyn, dyn>;
            const QTensor<std::int8_t, Affine<>, Matrix> y(cells.data(), Matrix(2, 3), {1.0f, 0});
            combine_into<Add>(y, QTensor<std::int8_t, Affine<>, Matrix>(cells.data(), Matrix(2, width), {1.0f, 0}), y);
        });
    };
    CHECK(call(3) == "nothing was refused");
    CHECK(call(1) == "nothing was refused");
    CHECK(says(call(2), "an operand's extent is that of the result, or 1"));
}
