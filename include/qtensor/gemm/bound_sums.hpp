// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Sums of products bound to their scales and stages: everything that can be derived is derived when it is made, and
/// the accumulator is proven: max|x - z_x| * max_row sum|w - z_w| + max|bias| must fit. Matrix products and depthwise
/// convolutions are these sums, taken in different orders. It holds no pointer, so it may be copied and kept in flash.

#include <limits>

#include "../numeric/accumulator.hpp"
#include "../scale/product.hpp"
#include "epilogue.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {

/// float for real operands; else the narrowest of int32 and int64 that the types prove; run-time depths of 8-bit codes
/// use int32 and are proven when bound.
template <class X, class W, std::size_t K, bool XZero, bool WZero> struct default_accumulator {
    using type = accumulator_for<X, W, K == dyn ? (sizeof(value_of<X>) == 1 ? 1 : dyn) : K, XZero, WZero>;
};
template <class W, std::size_t K, bool XZero, bool WZero> struct default_accumulator<float, W, K, XZero, WZero> {
    using type = float;
};

}  // namespace detail

/// `Packed` are the weights: their elements, scale, number of outputs and largest sum of magnitudes. `Acc` is void
/// (chosen by proof), or the accumulator the caller insists on: std::int16_t, std::int32_t, std::int64_t.
template <class Packed, class XScale, class Acc, class... Stages> class BoundSums {
    static_assert(detail::must_be_per_tensor_scale<XScale>());
    using X = typename Packed::x_element;
    using W = typename Packed::w_element;
    using WScale = typename Packed::scale_type;
    static constexpr bool is_real = std::same_as<X, float>;
    using Chosen = typename detail::default_accumulator<X, W, Packed::static_k, has_zero_point<XScale>,
                                                        has_zero_point<WScale>>::type;

public:
    /// The accumulator's type, as it is proven and as it leaves when no stage follows.
    using accumulator = std::conditional_t<std::is_void_v<Acc>, Chosen, Acc>;
    /// What sums are in front of the stages: those of int16 are int32, which holds them all the more.
    using Sum = std::conditional_t<std::same_as<accumulator, std::int16_t>, std::int32_t, accumulator>;

private:
    static_assert(element<X>::per_cell == 1, "activations have whole-byte elements: unpack int4 to int8 first");
    using In = Incoming<accumulator, Packed::static_n, Product<XScale, WScale>>;
    using Bound = decltype(bind_stages(std::declval<In>(), std::declval<const Stages&>()...));

public:
    /// Result elements and what they are worth.
    using element_type = typename Bound::element;
    using scale_type = typename Bound::scale_type;

    /// Binds. `memory` is needed only for per-channel scales of run-time shapes.
    constexpr BoundSums(const Packed& weights, XScale x_scale, BindMemory memory, const Stages&... stages)
        : x_scale_(x_scale), n_(weights.n()),
          epilogue_(
              bind_stages(In{Product<XScale, WScale>{x_scale, weights.scale()}, weights.n(), &memory}, stages...)) {
        require_usable(x_scale, 1);
        if constexpr (!is_real) {
            const std::int64_t zero = zero_point_of(x_scale, 0);
            const std::int64_t below = zero - element<X>::lowest;
            const std::int64_t above = element<X>::highest - zero;
            const auto reach = static_cast<std::uint64_t>(below > above ? below : above);
            const std::uint64_t bound = bound_sum(bound_product(reach, weights.row_magnitude()), epilogue_.magnitude());
            QTENSOR_REQUIRE(holds_bound<accumulator>(bound),
                            "the sums could overflow the accumulator: max|x - z| * max sum|w| + max|bias| is too large",
                            bound > static_cast<std::uint64_t>(INT64_MAX) ? INT64_MAX
                                                                          : static_cast<std::int64_t>(bound),
                            std::numeric_limits<accumulator>::max());
            QTENSOR_REQUIRE(
                bound <= epilogue_.limit(),
                "the sums could be too large for the requantization: its multiplier is above one and shifts "
                "accumulators to the left",
                bound, epilogue_.limit());
        }
    }

    constexpr const XScale& input_scale() const { return x_scale_; }
    constexpr const scale_type& output_scale() const { return outgoing_scale(epilogue_); }

    /// Outputs per row.
    constexpr std::size_t n() const { return n_; }

    /// The bound stages: accumulators in, what is stored out.
    constexpr const Bound& epilogue() const { return epilogue_; }

    /// Stages that compute with real numbers round to nearest.
    constexpr void check_environment() const {
        if constexpr (Bound::uses_float) detail::require_nearest();
    }

    /// A range narrower than the stored type is a promise about every code; the proof stands on it. `m` rows of `k`
    /// contiguous codes, `stride` apart.
    template <class XCell>
    constexpr void check_range([[maybe_unused]] const XCell* x, [[maybe_unused]] std::size_t m,
                               [[maybe_unused]] std::size_t k, [[maybe_unused]] std::ptrdiff_t stride) const {
        if constexpr (promises_range<X>) {
            for (std::size_t i = 0; i < m; ++i) {
                for (std::size_t at = 0; at < k; ++at) {
                    const std::int64_t code =
                        x[static_cast<std::ptrdiff_t>(i) * stride + static_cast<std::ptrdiff_t>(at)];
                    QTENSOR_REQUIRE(code >= element<X>::lowest && code <= element<X>::highest,
                                    "an activation is outside the range that its element type promises", code,
                                    code < element<X>::lowest ? element<X>::lowest : element<X>::highest);
                }
            }
        }
    }

private:
    XScale x_scale_;
    std::size_t n_;
    Bound epilogue_;
};

}  // namespace qtensor::inline QTENSOR_ABI
