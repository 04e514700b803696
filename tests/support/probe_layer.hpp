// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// A layer that computes little and remembers where its memory was: it scribbles over its whole scratch, writes every
/// cell of its output and notes whether the input survived that.

#include <qtensor/layer.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

namespace qtensor_test {

struct Visit {
    const std::byte* x = nullptr;
    std::size_t x_bytes = 0;
    std::byte* y = nullptr;
    std::size_t y_bytes = 0;
    std::byte* scratch = nullptr;
    std::size_t scratch_bytes = 0;
    std::size_t batch = 0;
    bool input_survived = false;
};

inline std::vector<Visit>& visits() {
    static std::vector<Visit> list;
    return list;
}

/// In inputs of element XE, Out outputs of YE, `Scratch` bytes of scratch per sample.
template <std::size_t In, std::size_t Out, std::size_t Scratch, class XE = std::int8_t, class YE = std::int8_t>
struct Probe {
    using input_shape = qtensor::Shape<In>;
    using output_shape = qtensor::Shape<Out>;
    static constexpr std::size_t macs = 0;
    static constexpr std::size_t weight_bytes = 0;

    template <class Arch> struct Packed;
    struct Float {
        using layer = Probe;
        template <class Arch> using packed = Packed<Arch>;
        std::uint8_t seed = 1;
        qtensor::Affine<> input{};
        qtensor::Affine<> output{};
    };
    using Quantized = Float;

    template <class Arch> struct Packed {
        using layer = Probe;
        using input_element = XE;
        using output_element = YE;
        using XCell = qtensor::cell_of<XE>;
        using YCell = qtensor::cell_of<YE>;

        constexpr explicit Packed(const Float& from) : parameters(from) {}
        constexpr qtensor::Affine<> input_scale() const { return parameters.input; }
        constexpr qtensor::Affine<> output_scale() const { return parameters.output; }
        static constexpr std::size_t workspace_bytes(std::size_t batch) { return batch * Scratch; }

        static constexpr std::size_t x_bytes(std::size_t batch) {
            return qtensor::cells_for<XE>(batch * In) * sizeof(XCell);
        }
        static constexpr std::size_t y_bytes(std::size_t batch) {
            return qtensor::cells_for<YE>(batch * Out) * sizeof(YCell);
        }

        void run(const XCell* x, YCell* y, std::size_t batch, std::span<std::byte> workspace) const {
            const auto* from = reinterpret_cast<const std::uint8_t*>(x);
            const auto mixed = [&] {
                std::uint32_t state = parameters.seed;
                for (std::size_t i = 0; i < x_bytes(batch); ++i) state = state * 31u + from[i];
                return state;
            };
            const std::uint32_t before = mixed();
            if (!workspace.empty()) std::memset(workspace.data(), 0xEE, workspace.size());
            auto* to = reinterpret_cast<std::uint8_t*>(y);
            for (std::size_t i = 0; i < y_bytes(batch); ++i) {
                to[i] = static_cast<std::uint8_t>((before + static_cast<std::uint32_t>(i) * 2654435761u) >> 24);
            }
            bool scratch_survived = true;
            for (const std::byte byte : workspace) scratch_survived = scratch_survived && byte == std::byte{0xEE};
            visits().push_back({reinterpret_cast<const std::byte*>(x), x_bytes(batch), reinterpret_cast<std::byte*>(y),
                                y_bytes(batch), workspace.data(), workspace.size(), batch,
                                mixed() == before && scratch_survived});
        }

        Float parameters;
    };
};

}  // namespace qtensor_test
