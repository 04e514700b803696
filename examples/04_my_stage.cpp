// SPDX-License-Identifier: BSL-1.0
//
// An epilogue stage of your own: what happens to the sums of a product before they are stored. A stage is written once
// and runs on one value (microcontrollers, constant evaluation) and on vector registers, with equal bits.

#include <qtensor/qtensor.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>

using namespace qtensor;

/// The smallest stage: a call operator. Negative sums are divided by 8, which needs to know nothing about scales as
/// long as real zero is 0: so it stands before Requantize. V is an int32 or a register of them, and `lane` has the
/// vocabulary that both understand.
struct LeakyShift {
    template <class V> constexpr V operator()(V sum, const Cell&) const {
        return lane::max(sum, lane::shift_right(sum, lane::broadcast<V>(3)));
    }
};

/// A stage with `bind`: adds another tensor's codes, the shortcut of a residual network. Bind is called once, with what
/// flows in: there it checks, derives constants, and says what flows out.
template <AnyTensor Q> struct AddResidual {
    Q other;

    template <class In> struct Bound {
        using element = typename In::element;  // what flows out: the same codes ...
        typename In::scale_type scale;         // ... worth the same
        Q other;
        std::int32_t zero, lowest, highest;

        template <class V> constexpr V operator()(V code, const Cell& cell) const {
            // The cell says where these lanes stand; a load of `count` reads no byte beyond the row.
            const auto* from = other.data() + cell.row * other.extent(1) + cell.column;
            const V sum = code + lane::load<V>(from, cell.count) - lane::broadcast<V>(zero);
            return lane::min(lane::max(sum, lane::broadcast<V>(lowest)), lane::broadcast<V>(highest));
        }
    };

    template <class In> constexpr Bound<In> bind(const In& in) const {
        static_assert(CompatibleScales<typename Q::scale_type, typename In::scale_type>);
        QTENSOR_REQUIRE(same_meaning(other.scale(), in.scale, 1), "AddResidual: both sides need the same scale", 0, 0);
        using Codes = qtensor::element<typename In::element>;
        return {in.scale, other, zero_point_of(in.scale, 0), Codes::lowest, Codes::highest};
    }
};
template <AnyTensor Q> AddResidual(Q) -> AddResidual<Q>;

// Numbers to try it on: sizes that no register divides.
constexpr std::size_t rows = 5, depth = 37, outputs = 19;

template <class T, std::size_t M, std::size_t N> constexpr auto noise(std::uint32_t seed, auto scale) {
    QTensor<T, decltype(scale), Shape<M, N>, Inline> codes({}, scale);
    for (std::size_t i = 0; i < M * N; ++i) {
        seed = seed * 1664525u + 1013904223u;
        codes.data()[i] = static_cast<std::int8_t>(static_cast<int>(seed >> 24) - 128);
    }
    return codes;
}

int main() {
    static constexpr Affine edge{1 / 16.f, -3};
    static constexpr auto x = noise<std::int8_t, rows, depth>(1, PerTensor{1 / 64.f});
    static constexpr auto w = noise<std::int8_t, outputs, depth>(2, PerTensor{1 / 256.f});
    static constexpr auto shortcut = noise<std::int8_t, rows, outputs>(3, edge);

    constexpr auto product = [](const auto& weights) {
        return matmul(x, weights, LeakyShift{}, Requantize<std::int8_t>{edge}, AddResidual{shortcut});
    };

    // The same stages executed by the compiler, one value after the other, and on vector registers.
    static constexpr auto by_compiler = product(w);
    const auto by_value = product(pack<arch::scalar, std::int8_t>(w));
    const auto by_lanes = product(pack<arch::native, std::int8_t>(w));

    const auto print = [](const char* name, const auto& codes) {
        std::printf("  %-12s", name);
        for (std::size_t j = 0; j < 12; ++j) std::printf("%5d", codes(0, j));
        std::printf("  ...\n");
    };
    print("compiler", by_compiler);
    print("scalar", by_value);
    print(arch::native::name, by_lanes);
    const auto same = [](const auto& a, const auto& b) { return std::equal(a.data(), a.data() + a.size(), b.data()); };
    const bool equal = same(by_compiler, by_value) && same(by_value, by_lanes);
    std::printf("  all %zu codes, %zu at a time: %s\n", by_lanes.size(), lane::width<lanes<std::int32_t, arch::native>>,
                equal ? "equal bits" : "DIFFERENT");
    return equal ? 0 : 1;
}
