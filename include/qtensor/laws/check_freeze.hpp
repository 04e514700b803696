// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// The law of training in integers (train/quantization_aware.hpp): a model answers exactly what the network it is
/// frozen into computes, on every architecture.
///
///     check_freeze<arch::avx2>(model, test_images)

#include <algorithm>
#include <vector>

#include "../heap/aligned_bytes.hpp"
#include "../train/model.hpp"
#include "../train/quantization_aware.hpp"
#include "verdict.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// Every output of a model in the integer reading, on whole inputs, beside what the codes of the frozen network mean on
/// `Arch`. Throws std::invalid_argument where the inputs are no whole ones.
template <class Arch = arch::native, class Net, class How>
Verdict check_freeze(Model<Net, How>& model, std::span<const float> inputs) {
    const typename Net::Quantized frozen = freeze(model);
    const auto net = pack<Arch>(frozen);  // of arch::scalar it refers to the parameters
    using X = typename Net::activation_element;
    using Rounding = typename detail::entry_numerics<Net>::type::rounding;
    constexpr std::size_t batch = 64, width = input_size<Net>, outputs = output_size<Net>;
    const std::vector<float> wanted = model.answers(inputs, batch);
    std::vector<cell_of<X>> x(inputs.size()), y(wanted.size());
    quantize_into(inputs, QTensor<X, typename Net::activation_scale>(x.data(), Shape<dyn>(x.size()), net.input_scale()),
                  Rounding{});
    const AlignedBytes workspace(net.workspace_bytes(batch));
    for (std::size_t i = 0; i < inputs.size() / width; i += batch) {
        net.run(x.data() + i * width, y.data() + i * outputs, std::min(batch, inputs.size() / width - i),
                workspace.span());
    }
    const auto scale = net.output_scale();
    const std::int32_t zero = zero_point_of(scale, 0);
    for (std::size_t i = 0; i < y.size(); ++i) {
        if (static_cast<float>(static_cast<std::int32_t>(y[i]) - zero) * scale.scale(0) != wanted[i])
            return {"a frozen network computes what the model answers (output)", static_cast<double>(i)};
    }
    return {};
}

}  // namespace qtensor::inline QTENSOR_ABI
