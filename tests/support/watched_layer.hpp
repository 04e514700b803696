// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// A layer under watch: runs another one and checks that of the whole arena of the network nothing has changed but what
/// that layer was given to write, its output and its scratch. So whatever else is alive (the input of the ways of a
/// merge, the end of another way) survived.

#include <qtensor/layer/layer.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace qtensor_test {

/// The arena in which watched layers run, and what they did to it.
struct Watch {
    std::span<std::byte> arena{};
    std::size_t layers = 0;    ///< that ran
    std::size_t in_place = 0;  ///< that wrote over their input
    std::string complaint{};
    std::vector<std::byte> before{};
};
inline Watch& watch() {
    static Watch one;
    return one;
}

template <class L> struct Watched : L {
    template <class P> struct Packed : P {
        using layer = Watched;
        using X = qtensor::cell_of<typename P::input_element>;
        using Y = qtensor::cell_of<typename P::output_element>;
        using P::P;

        void run(const X* x, Y* y, std::size_t batch, std::span<std::byte> workspace) const {
            Watch& w = watch();
            ++w.layers;
            w.before.assign(w.arena.begin(), w.arena.end());
            std::fill(workspace.begin(), workspace.end(), std::byte{0xEE});  // whatever was there is gone
            P::run(x, y, batch, workspace);
            const auto inside = [](const std::byte* at, const void* from, std::size_t bytes) {
                const auto* first = static_cast<const std::byte*>(from);
                return at >= first && at < first + bytes;
            };
            const std::size_t y_bytes =
                qtensor::cells_for<typename P::output_element>(batch * qtensor::output_size<L>) * sizeof(Y);
            const void *from = x, *to = y;
            w.in_place += from == to ? 1 : 0;
            for (std::size_t i = 0; i < w.arena.size(); ++i) {
                const std::byte* at = w.arena.data() + i;
                if (*at == w.before[i] || inside(at, y, y_bytes) || inside(at, workspace.data(), workspace.size()))
                    continue;
                if (w.complaint.empty())
                    w.complaint =
                        "layer " + std::to_string(w.layers) + " wrote byte " + std::to_string(i) + " of the arena";
            }
        }
    };

    struct Float : L::Float {
        using layer = Watched;
        template <class Arch> using packed = Packed<typename L::Float::template packed<Arch>>;
    };
    struct Quantized : L::Quantized {
        using layer = Watched;
        template <class Arch> using packed = Packed<typename L::Quantized::template packed<Arch>>;
    };
};

}  // namespace qtensor_test
