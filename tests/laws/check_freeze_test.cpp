// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/laws/check_freeze.hpp>
#include <qtensor/layer/functions.hpp>
#include <qtensor/layer/lookup.hpp>
#include <qtensor/train/aware_layers.hpp>
#include <qtensor/train/sequential.hpp>
#include <qtensor/train/weightless.hpp>

#include <string>

using namespace qtensor;

namespace {

/// A layer that computes something else on the scalar architecture.
template <bool Faithful> struct Shift {
    using input_shape = Shape<3>;
    using output_shape = Shape<3>;
    using activation_element = std::int8_t;
    using activation_scale = Affine<>;
    static constexpr std::size_t macs = 0, weight_bytes = 0;
    template <class Arch, class T> struct Packed;
    struct Float {
        using layer = Shift;
        template <class Arch> using packed = Packed<Arch, float>;
    };
    struct Quantized {
        using layer = Shift;
        template <class Arch> using packed = Packed<Arch, std::int8_t>;
        Affine<> input{};
    };
    static Affine<> fixed_output(const Affine<>& input) { return input; }
    static Quantized quantized(const Float&, Affine<> input, Affine<>) { return {input}; }

    template <class Arch, class T> struct Packed {
        using layer = Shift;
        using input_element = T;
        using output_element = T;
        Affine<> scale{};
        explicit Packed(const Float&) {}
        explicit Packed(const Quantized& q) : scale(q.input) {}
        Affine<> input_scale() const { return scale; }
        Affine<> output_scale() const { return scale; }
        static constexpr std::size_t workspace_bytes(std::size_t) { return 0; }
        void run(const T* x, T* y, std::size_t batch, std::span<std::byte>) const {
            for (std::size_t i = 0; i < 3 * batch; ++i) y[i] = x[i];
            if (!Faithful && std::same_as<Arch, arch::scalar> && batch > 5) y[14] = static_cast<T>(y[14] + T{1});
        }
    };
};

}  // namespace

template <bool Faithful> struct qtensor::PullBack<Shift<Faithful>> {
    static void run(const float*, const float* dy, float* dx, std::size_t batch) {
        for (std::size_t i = 0; i < 3 * batch; ++i) dx[i] = dy[i];
    }
};

TEST_CASE("check_freeze: holds for a layer that is the same everywhere, tells where one is not") {
    std::vector<float> x(70 * 3);  // more than a batch
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i % 7) - 3.0f;
    const auto made = [&]<class L>() {
        Model<L, QuantizationAware<>> model(typename L::Float{});
        model.forward(x, true);
        return model;
    };
    auto same = made.operator()<Shift<true>>();
    CHECK(check_freeze(same, x));
    CHECK(check_freeze<arch::scalar>(same, x));
    auto other = made.operator()<Shift<false>>();
    const Verdict verdict = check_freeze<arch::scalar>(other, x);
    REQUIRE_FALSE(verdict);
    CHECK(std::string(verdict.broken) == "a frozen network computes what the model answers (output)");
    CHECK(verdict.at == 14.0);
    if (!std::same_as<arch::native, arch::scalar>) CHECK(check_freeze(other, x));
}
