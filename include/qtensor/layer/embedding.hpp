// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Embedding: numbers of words become rows of a table, [Tokens] of std::int32_t in, [Tokens][Width] out.
///
///     Embedding<128, 1000, 64>          128 words at a time, a table of 1000 rows of 64
///
/// Either reading copies; the integer one copies codes, which are worth what the table is (TFLite GATHER). A word that
/// the table does not have is a failed precondition of `run`, in every build.

#include "numerics.hpp"
#include "parameters.hpp"
#include "weightless.hpp"

namespace qtensor::inline QTENSOR_ABI {

template <std::size_t Tokens, std::size_t Vocabulary, std::size_t Width, class N = numerics::TfLite> struct Embedding {
    static_assert(detail::must_be_numerics<N>());
    static_assert(Tokens > 0 && Vocabulary > 0 && Width > 0, "an embedding has at least one token, word and number");
    using numerics = N;
    using input_shape = Shape<Tokens>;
    using output_shape = Shape<Tokens, Width>;
    using activation_element = typename N::activation;
    using activation_scale = typename N::activation_scale;
    static constexpr std::size_t macs = 0;
    static constexpr std::size_t weight_bytes =
        cells_for<activation_element>(Vocabulary * Width) * sizeof(cell_of<activation_element>);

    template <class T, class S> struct Packed;

    struct Float {
        using layer = Embedding;
        template <class Arch> using packed = Packed<float, Unscaled>;
        QTensor<float, Unscaled, Shape<Vocabulary, Width>, Inline> table{};
    };
    /// The table's scale is that of the output.
    struct Quantized {
        using layer = Embedding;
        template <class Arch> using packed = Packed<activation_element, activation_scale>;
        QTensor<activation_element, activation_scale, Shape<Vocabulary, Width>, Inline> table{};
    };

    static constexpr Quantized quantized(const Float& real, Unscaled, activation_scale output) {
        Quantized codes{decltype(Quantized::table)({}, output)};
        if constexpr (std::same_as<activation_element, float>) {
            return {real.table};
        } else {
            quantize_into(std::span<const float>(real.table.data(), real.table.size()), codes.table,
                          typename N::rounding{});
            return codes;
        }
    }

    /// Either reading. It reads the table where it is: the parameters must outlive it.
    template <class T, class S> struct Packed {
        using layer = Embedding;
        using input_element = std::int32_t;
        using output_element = T;
        static constexpr bool refers_to_parameters = true;

        template <class Parameters> constexpr explicit Packed(const Parameters& p) : table_(view(p.table)) {}
        static constexpr Unscaled input_scale() { return {}; }
        constexpr S output_scale() const { return table_.scale(); }
        static constexpr std::size_t workspace_bytes(std::size_t) { return 0; }

        constexpr void run(const std::int32_t* x, cell_of<T>* y, std::size_t batch, std::span<std::byte>) const {
            for (std::size_t i = 0; i < batch * Tokens; ++i)
                QTENSOR_REQUIRE(x[i] >= 0 && static_cast<std::size_t>(x[i]) < Vocabulary,
                                "a word is a row of the embedding's table", x[i], Vocabulary);
            for (std::size_t i = 0; i < batch * Tokens; ++i, y += Width) {
                const cell_of<T>* row = table_.data() + static_cast<std::size_t>(x[i]) * Width;
                for (std::size_t c = 0; c < Width; ++c) y[c] = row[c];
            }
        }

    private:
        static_assert(detail::must_be_whole_bytes<T>());
        QTensor<const T, S, Shape<Vocabulary, Width>> table_;
    };
};

}  // namespace qtensor::inline QTENSOR_ABI
