// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// `QTensor<T, Scale>`: integers and the scale that gives them meaning, as one type.
///
///     real(i...) = (code(i...) - zero_point) * scale
///
/// T is an element type (const T for a read-only tensor), Scale a scale policy, and by default the shape is one dynamic
/// extent over the caller's memory: `QTensor<std::int8_t, PerTensor<>>` is a usable type.

#include <array>
#include <concepts>
#include <cstddef>
#include <type_traits>

#include "../base/shape.hpp"
#include "../base/storage.hpp"
#include "../numeric/element.hpp"
#include "../scale/per_tensor.hpp"
#include "../scale/scale.hpp"

namespace qtensor::inline QTENSOR_ABI {

template <class T, class S = Unscaled, class ShapeType = Shape<dyn>, class Storage = View> class QTensor {
    static_assert(detail::must_be_element<T>() && detail::must_be_scale<S>());

public:
    using element_type = T;
    using value_type = value_of<T>;
    using cell_type = cell_of<T>;
    using scale_type = S;
    using shape_type = ShapeType;
    using storage_type = Storage;
    static constexpr std::size_t rank = ShapeType::rank;

private:
    static constexpr std::size_t static_cells = [] {
        if constexpr (ShapeType::is_static) return cells_for<T>(static_size<ShapeType>);
        return std::size_t{0};
    }();
    using Handle = typename Storage::template handle<cell_type, static_cells, rank>;

    static_assert(ShapeType::is_static || !std::same_as<Storage, Inline>,
                  "Inline storage needs a static shape: write Shape<2, 3>, or keep the data elsewhere and use View");
    static_assert(S::axis < static_cast<int>(rank),
                  "the scale's axis is not an axis of this shape: a PerChannel<N, Axis> scale needs Axis < rank");
    static_assert(
        [] {
            if constexpr (S::axis == per_tensor || S::axis >= static_cast<int>(rank))
                return true;
            else
                return extents_agree(channels_of<S>, ShapeType::static_extent(static_cast<std::size_t>(S::axis)));
        }(),
        "the number of channel scales differs from the extent of their axis: PerChannel<N, Axis> needs shape extent N "
        "at Axis");
    static_assert(element<T>::per_cell == 1 || Storage::contiguous,
                  "packed elements (int4) have no address of their own: strides need a whole-byte element");

public:
    /// All codes zero, in the tensor itself.
    constexpr QTensor()
        requires std::same_as<Storage, Inline>
    = default;

    /// Storage of its own (Inline or heap), all codes zero.
    constexpr explicit QTensor(ShapeType shape, S scale = {})
        requires(Storage::owning)
        : shape_(shape), scale_(scale), handle_(make_handle(shape)) {
        check_scale();
    }

    /// Over the caller's memory, row-major. It must hold cells_for<T>(shape.size()) cells and outlive the tensor.
    constexpr QTensor(cell_type* cells, ShapeType shape, S scale = {})
        requires std::same_as<Storage, View>
        : shape_(shape), scale_(scale), handle_{cells} {
        require_memory(cells, shape);
        check_scale();
    }

    /// Over the caller's memory with a stride per axis, in elements.
    constexpr QTensor(cell_type* cells, ShapeType shape, std::array<std::ptrdiff_t, rank> strides, S scale = {})
        requires std::same_as<Storage, Strided>
        : shape_(shape), scale_(scale), handle_{cells, strides} {
        require_memory(cells, shape);
        check_scale();
    }

    constexpr const ShapeType& shape() const { return shape_; }
    constexpr const S& scale() const { return scale_; }
    constexpr std::size_t extent(std::size_t axis) const { return shape_.extent(axis); }
    constexpr std::size_t size() const { return shape_.size(); }

    /// The first cell. A view hands out the caller's (possibly mutable) memory even when the view itself is const.
    constexpr auto data() { return handle_.data(); }
    constexpr auto data() const { return handle_.data(); }

    /// Distance between neighbours along an axis, in elements.
    constexpr std::array<std::ptrdiff_t, rank> strides() const {
        if constexpr (Storage::contiguous) {
            return row_major_strides(shape_);
        } else {
            return handle_.strides;
        }
    }

    /// The code at an index: a reference where an element has an address, a value where two share a byte.
    template <std::convertible_to<std::size_t>... Index>
        requires(sizeof...(Index) == rank)
    constexpr decltype(auto) operator()(Index... index) const {
        return at(data(), offset({static_cast<std::size_t>(index)...}));
    }
    template <std::convertible_to<std::size_t>... Index>
        requires(sizeof...(Index) == rank)
    constexpr decltype(auto) operator()(Index... index) {
        return at(data(), offset({static_cast<std::size_t>(index)...}));
    }

    /// Where an index lies, in elements from the first; every index is checked against its extent.
    constexpr std::ptrdiff_t offset(const std::array<std::size_t, rank>& index) const {
        const auto stride = strides();
        std::ptrdiff_t elements = 0;
        for (std::size_t axis = 0; axis < rank; ++axis) {
            QTENSOR_REQUIRE(index[axis] < extent(axis), "an index is less than its extent", index[axis], extent(axis));
            elements += static_cast<std::ptrdiff_t>(index[axis]) * stride[axis];
        }
        return elements;
    }

private:
    /// Constant evaluation notices null where it is read; and there g++ 12 under UBSan cannot compare an address.
    static constexpr void require_memory(const cell_type* cells, const ShapeType& shape) {
        const std::size_t size = shape.size();  // refuses extents whose product does not fit
        if (std::is_constant_evaluated()) return;
        QTENSOR_REQUIRE(cells != nullptr || size == 0, "a view of something needs memory: the pointer is null", 0, 0);
    }
    constexpr void check_scale() const {
        if constexpr (S::axis != per_tensor && channels_of<S> != dyn) {
            const std::size_t extent = shape_.extent(static_cast<std::size_t>(S::axis));
            QTENSOR_REQUIRE(extent == channels_of<S>,
                            "the number of channel scales differs from the extent of their axis", extent,
                            channels_of<S>);
        }
    }
    static constexpr Handle make_handle([[maybe_unused]] const ShapeType& shape) {
        if constexpr (std::same_as<Storage, Inline>) {
            return {};
        } else {
            return Handle(cells_for<T>(shape.size()));
        }
    }
    template <class Cell> static constexpr decltype(auto) at(Cell* cells, std::ptrdiff_t offset) {
        if constexpr (element<T>::per_cell == 1) {
            return (cells[offset]);
        } else {
            return element<T>::load(cells, offset);
        }
    }

    [[no_unique_address]] ShapeType shape_{};
    S scale_{};
    Handle handle_{};
};

namespace detail {
template <class Q> inline constexpr bool is_qtensor = false;
template <class T, class S, class E, class M> inline constexpr bool is_qtensor<QTensor<T, S, E, M>> = true;
}  // namespace detail

template <class Q>
concept AnyTensor =
    detail::is_qtensor<std::remove_cvref_t<Q>> ||
    unsatisfied<
        "not a tensor: wrap the data as QTensor{pointer, Shape{...}, scale} or make one with quantize<T>(...)">();

namespace detail {
template <class Q> constexpr bool must_be_tensor() {
    static_assert(
        AnyTensor<Q>,
        "not a tensor: wrap the data as QTensor{pointer, Shape{...}, scale} or make one with quantize<T>(...)");
    return true;
}
}  // namespace detail

/// A view of a tensor that owns its cells; the tensor must outlive it, so temporaries are refused.
template <class T, Scale S, class E, class M>
    requires(M::contiguous)
constexpr QTensor<T, S, E, View> view(QTensor<T, S, E, M>& tensor) {
    return {tensor.data(), tensor.shape(), tensor.scale()};
}
template <class T, Scale S, class E, class M>
    requires(M::contiguous)
constexpr QTensor<const T, S, E, View> view(const QTensor<T, S, E, M>& tensor) {
    return {tensor.data(), tensor.shape(), tensor.scale()};
}
/// A view may be passed on by value; a temporary that owns its cells may not be viewed.
template <class T, Scale S, class E, class M> constexpr QTensor<T, S, E, M> view(QTensor<T, S, E, M>&& tensor) {
    static_assert(!M::owning, "a view of a temporary would dangle: give the tensor a name first");
    return tensor;
}

}  // namespace qtensor::inline QTENSOR_ABI
