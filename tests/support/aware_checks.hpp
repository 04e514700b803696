// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// A model that learns in integers beside the integer network that it is frozen into: after every layer the codes are
/// equal, on the scalar and the native architecture, or on every one that the file is compiled for (EveryArch).

#include <vector>

#include "arches.hpp"
#include "catch.hpp"
#include "oracle.hpp"

#include <qtensor/heap/aligned_bytes.hpp>
#include <qtensor/train/model.hpp>
#include <qtensor/train/quantization_aware.hpp>

namespace qtensor_test {

/// The codes of inputs at the scale of a network's entrance.
template <class Net, class S> auto input_codes(const std::vector<float>& x, const S& scale) {
    using X = typename Net::activation_element;
    std::vector<qtensor::cell_of<X>> codes(x.size());
    qtensor::quantize_into(x, qtensor::QTensor<X, S>(codes.data(), qtensor::Shape<qtensor::dyn>(x.size()), scale),
                           typename qtensor::detail::entry_numerics<Net>::type::rounding{});
    return codes;
}

/// How many codes differ, over all layers of a Sequential.
template <class Arch, std::size_t I, class Net, class Body, class Packed, class Codes>
std::size_t differing(const Body& body, const Packed& packed, const Codes& x, std::size_t batch) {
    using L = typename Net::template layer<I>;
    const auto& layer = packed.template at<I>();
    Codes y(batch * qtensor::output_size<L>);
    const qtensor::AlignedBytes workspace(layer.workspace_bytes(batch));
    layer.run(x.data(), y.data(), batch, workspace.span());
    std::size_t count = 0;
    const auto compare = [&](const auto& edge) {
        REQUIRE(edge.codes.size() == y.size());
        for (std::size_t i = 0; i < y.size(); ++i) count += edge.codes[i] != y[i];
        const auto& scale = layer.output_scale();
        CHECK(qtensor::same_meaning(scale, edge.scale, 1));
        for (std::size_t i = 0; i < y.size(); ++i)
            count += edge.values[i] != static_cast<float>(y[i] - qtensor::zero_point_of(scale, 0)) * scale.scale(0);
    };
    if constexpr (requires { body.template at<I>().edge(); }) compare(body.template at<I>().edge());
    if constexpr (I + 1 < Net::depth) count += differing<Arch, I + 1, Net>(body, packed, y, batch);
    return count;
}

/// The codes of x that differ between a model that has learnt its ranges and what it is frozen into, and the numbers
/// that they mean.
template <class Arches = ArchList<qtensor::arch::scalar, qtensor::arch::native>, class Net, class How>
std::size_t codes_that_differ(qtensor::Model<Net, How>& model, const std::vector<float>& x) {
    const std::size_t batch = x.size() / qtensor::input_size<Net>;
    const typename Net::Quantized frozen = qtensor::freeze(model);
    model.forward(x);
    std::size_t count = 0;
    Arches::each([&]<class Arch>() {
        const auto packed = qtensor::pack<Arch>(frozen);
        const auto codes = input_codes<Net>(x, packed.input_scale());
        count += differing<Arch, 0, Net>(model.body(), packed, codes, batch);
    });
    return count;
}

}  // namespace qtensor_test
