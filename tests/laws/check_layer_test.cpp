// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/laws/check_layer.hpp>
#include <qtensor/layer.hpp>

#include <string>

namespace {

using namespace qtensor;

template <class L> typename L::Float drawn() {
    typename L::Float real;
    Draws draws(7);
    for (float& weight : std::span(real.weights.data(), real.weights.size())) weight = draws.real();
    for (float& bias : std::span(real.bias.data(), real.bias.size())) bias = draws.real();
    return real;
}

/// y = x, and what goes wrong: the base of the layers below.
enum class Fault {
    none,
    leaks_batch,
    remembers,
    writes_input,
    writes_beyond,
    uses_more,
    off_by_ten,
    other_output_scale,
    other_input_scale,
    by_arch
};

template <Fault F> struct Copy {
    static constexpr std::size_t n = 5;
    using input_shape = Shape<n>;
    using output_shape = Shape<n>;
    using activation_element = std::int8_t;
    using activation_scale = Affine<>;
    static constexpr std::size_t macs = 0, weight_bytes = 0;
    template <class Arch, class T> struct Packed;
    struct Float {
        using layer = Copy;
        template <class Arch> using packed = Packed<Arch, float>;
    };
    struct Quantized {
        using layer = Copy;
        template <class Arch> using packed = Packed<Arch, std::int8_t>;
        Affine<> input{}, output{};
    };
    static Quantized quantized(const Float&, Affine<> input, Affine<> output) { return {input, output}; }

    template <class Arch, class T> struct Packed {
        using layer = Copy;
        using input_element = T;
        using output_element = T;
        Affine<> input{}, output{};
        mutable int calls = 0;
        explicit Packed(const Float&) {}
        explicit Packed(const Quantized& q) : input(q.input), output(q.output) {}
        Affine<> input_scale() const { return F == Fault::other_input_scale ? Affine{1.0f, 0} : input; }
        Affine<> output_scale() const { return F == Fault::other_output_scale ? Affine{1.0f, 0} : output; }
        static std::size_t workspace_bytes(std::size_t batch) { return batch; }
        void run(const T* x, T* y, std::size_t batch, std::span<std::byte> workspace) const {
            for (std::size_t i = 0; i < batch * n; ++i) {
                if constexpr (std::is_same_v<T, float>) {
                    y[i] = x[i];
                } else {
                    const auto words = TfLiteDoubleRounding::derive(input.value, 1.0f, output.value);
                    y[i] = static_cast<T>(
                        TfLiteDoubleRounding::apply(x[i] - input.zero, words, CodeRange{output.zero, -128, 127}));
                    if (F == Fault::off_by_ten && i % n == 3) y[i] = static_cast<T>(y[i] > 0 ? y[i] - 10 : y[i] + 10);
                    if (F == Fault::by_arch && i % n == 3 && std::is_same_v<Arch, arch::native>)
                        y[i] = static_cast<T>(y[i] ^ 1);
                }
            }
            for (std::size_t i = 0; i < batch; ++i) workspace[i] = std::byte{1};
            ++calls;
            if (F == Fault::leaks_batch && batch > 1) y[n] = y[0];
            if (F == Fault::remembers) y[0] = static_cast<T>(calls);
            if (F == Fault::writes_input) const_cast<T*>(x)[0] = T{};
            if (F == Fault::writes_beyond) y[batch * n] = T{};
            if (F == Fault::uses_more) workspace.data()[batch] = std::byte{1};
        }
    };
};

template <Fault F> std::string broken() {
    static_assert(Layer<Copy<F>>);
    const Verdict verdict = check_layer<Copy<F>>(typename Copy<F>::Float{}, 1.0);
    return verdict ? "" : verdict.broken;
}

}  // namespace

TEST_CASE("Dense keeps the laws of layers, with every bundle") {
    CHECK(check_layer<Dense<19, 11, Relu>>(drawn<Dense<19, 11, Relu>>(), 1.5));
    CHECK(check_layer<Dense<64, 33>>(drawn<Dense<64, 33>>(), 1.5));
    CHECK(check_layer<Dense<1, 1>>(drawn<Dense<1, 1>>(), 1.5));
    using OnnxLayer = Dense<40, 17, Relu, numerics::Onnx>;
    CHECK(check_layer<OnnxLayer>(drawn<OnnxLayer>(), 1.5));
    using FixedLayer = Dense<40, 17, Relu, numerics::Fixed>;
    CHECK(check_layer<FixedLayer>(drawn<FixedLayer>(), 2.0));
    using XnnpackLayer = Dense<40, 17, Identity, numerics::Xnnpack>;
    CHECK(check_layer<XnnpackLayer>(drawn<XnnpackLayer>(), 1.5));
    CHECK(!check_layer<Dense<64, 33>>(drawn<Dense<64, 33>>(), 0.3));  // rounding alone is up to half a step
}

TEST_CASE("each law of layers finds the layer that breaks it") {
    CHECK(broken<Fault::none>() == "");
    CHECK(broken<Fault::leaks_batch>() == "a sample does not depend on the others of its batch (sample)");
    CHECK(broken<Fault::remembers>() == "the same inputs give the same outputs (batch)");
    CHECK(broken<Fault::writes_input>() == "a layer does not write to its inputs (batch)");
    CHECK(broken<Fault::writes_beyond>() == "a layer writes its outputs and nothing behind them (batch)");
    CHECK(broken<Fault::uses_more>() == "a layer stays in the workspace it asked for (batch)");
    CHECK(broken<Fault::off_by_ten>() == "the integer reading is within `steps` of the float reading (output)");
    CHECK(broken<Fault::other_input_scale>() == "input_scale() is the scale that quantized() was given");
    CHECK(broken<Fault::other_output_scale>() == "output_scale() is the scale that quantized() was given");
    if (!std::is_same_v<arch::native, arch::scalar>)
        CHECK(broken<Fault::by_arch>() == "every architecture makes the codes of arch::scalar (output)");
}
