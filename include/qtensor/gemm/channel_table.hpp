// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Constants per output channel, as stages read them: `Words` 32-bit words per channel, word by word. One channel is
/// broadcast; a static number is held in place, padded so that a whole register may be read; a run-time number lives in
/// the caller's BindMemory.

#include <array>

#include "stage.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// For N channels: `at` writes a word of one, `load` reads the words of those that a cell's columns have.
template <std::size_t Words, std::size_t N> class ChannelTable {
public:
    constexpr ChannelTable(std::size_t, BindMemory*) {}
    constexpr std::int32_t& at(std::size_t word, std::size_t channel) { return words_[word][channel]; }

    template <class I> QTENSOR_FORCE_INLINE constexpr std::array<I, Words> load(const Cell& cell) const {
        std::array<I, Words> lanes{};
        for (std::size_t word = 0; word < Words; ++word) {
            if constexpr (N == 1) {
                lanes[word] = lane::broadcast<I>(words_[word][0]);
            } else {
                lanes[word] = lane::load<I>(words_[word].data() + cell.column, lane::width<I>);
            }
        }
        return lanes;
    }

private:
    static constexpr std::size_t padded = N == 1 ? 1 : (N + 15) / 16 * 16;
    std::array<std::array<std::int32_t, padded>, Words> words_{};
};

template <std::size_t Words> class ChannelTable<Words, dyn> {
public:
    constexpr ChannelTable(std::size_t channels, BindMemory* memory) : channels_(channels) {
        QTENSOR_REQUIRE(memory != nullptr,
                        "binding scales per channel of a run-time shape needs memory: pass BindMemory", channels, 0);
        words_ = memory->take(checked_product(Words, channels));
    }
    constexpr std::int32_t& at(std::size_t word, std::size_t channel) { return words_[word * channels_ + channel]; }

    template <class I> QTENSOR_FORCE_INLINE constexpr std::array<I, Words> load(const Cell& cell) const {
        std::array<I, Words> lanes{};
        for (std::size_t word = 0; word < Words; ++word)
            lanes[word] = lane::load<I>(words_ + word * channels_ + cell.column, cell.count);
        return lanes;
    }

private:
    std::int32_t* words_ = nullptr;
    std::size_t channels_ = 0;
};

/// How many channels a scale has in a result of so many columns: 1 when it is per tensor.
template <class In>
inline constexpr std::size_t table_channels = In::scale_type::axis == per_tensor ? 1 : In::static_columns;

}  // namespace qtensor::inline QTENSOR_ABI
