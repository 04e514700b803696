// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Runs a packed layer on memory that begins or ends at pages nobody may touch.

#include "catch.hpp"

#include <qtensor/layer/layer.hpp>
#include <qtensor/numeric/element.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "guard_pages.hpp"
#include "tally.hpp"

namespace qtensor_test {

/// y of a batch; what the layer read has to be as it was, and nothing around its memory written.
template <class Packed>
auto run_layer(const Packed& layer, const std::vector<qtensor::cell_of<typename Packed::input_element>>& x,
               std::size_t batch, Flush flush) {
    using In = qtensor::cell_of<typename Packed::input_element>;
    using Out = qtensor::cell_of<typename Packed::output_element>;
    using L = typename Packed::layer;
    BetweenGuards<In> from(x.size(), flush);
    std::copy(x.begin(), x.end(), from.data());
    BetweenGuards<Out> to(qtensor::cells_for<typename Packed::output_element>(batch * qtensor::output_size<L>), flush);
    const std::size_t bytes = layer.workspace_bytes(batch);
    BetweenGuards<std::int32_t> scratch((bytes + 3) / 4, flush);
    layer.run(from.data(), to.data(), batch, std::as_writable_bytes(scratch.span()).first(bytes));
    CHECK((from.clean() && to.clean() && scratch.clean()));
    CHECK(std::equal(x.begin(), x.end(), from.data()));
    return std::vector<Out>(to.data(), to.data() + to.size());
}

/// Every architecture, batch and alignment makes `want(x, batch)` of the codes `input(count)`.
template <class L, class Arches, class Input, class Want>
void check_layer_codes(const typename L::Quantized& codes, const Input& input, const Want& want) {
    Tally tally;
    long long expected = 0;
    for (const std::size_t batch : {0u, 1u, 2u, 5u}) {
        const auto x = input(batch * qtensor::input_size<L>);
        const auto y = want(x, batch);
        REQUIRE(y.size() == batch * qtensor::output_size<L>);
        Arches::each([&]<class Arch>() {
            const auto layer = qtensor::pack<Arch>(codes);
            for (const Flush flush : {Flush::front, Flush::back}) {
                const auto got = run_layer(layer, x, batch, flush);
                for (std::size_t i = 0; i < y.size(); ++i, ++expected)
                    tally.same(got[i], static_cast<long long>(y[i]), Arch::name, batch, i);
            }
        });
    }
    tally.require_all_equal(expected > 0 ? expected : 1);
}

/// The float reading is within bound(i) of want, both from `want(x, batch, bounds)` in double.
template <class L, class Arches, class Want>
void check_layer_reals(const typename L::Float& real, const std::vector<float>& x, std::size_t batch,
                       const Want& want) {
    std::vector<double> bounds;
    const std::vector<double> y = want(x, batch, bounds);
    REQUIRE(y.size() == batch * qtensor::output_size<L>);
    std::string first = "none";
    Arches::each([&]<class Arch>() {
        const auto got = run_layer(qtensor::pack<Arch>(real), x, batch, Flush::back);
        for (std::size_t i = 0; i < y.size(); ++i) {
            const double error = static_cast<double>(got[i]) - y[i];
            if (!(error <= bounds[i] && -error <= bounds[i]) && first == "none")
                first = std::string(Arch::name) + " [" + std::to_string(i) + "]: got " + std::to_string(got[i]) +
                        ", want " + std::to_string(y[i]) + " within " + std::to_string(bounds[i]);
        }
    });
    CHECK(first == "none");
}

}  // namespace qtensor_test
