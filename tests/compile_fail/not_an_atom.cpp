// SPDX-License-Identifier: BSL-1.0
// Loads and stores make no product.
// expect: not an atom: arch/atom.hpp lists what it has
#include <qtensor/laws.hpp>
using namespace qtensor;

struct Atom {
    using accumulator = std::int32_t;
    using a_cell = std::int8_t;
    using packed = std::int8_t;
    using A = std::int8_t;
    using B = std::int8_t;
    using C = std::int32_t;
    static constexpr std::size_t m = 1, n = 1, k = 1, tile_m = 1, tile_n = 1;
    static constexpr bool in_place = true;
    static constexpr std::int32_t w_offset = 0;
    static A load_a(const a_cell* const* rows, std::size_t at) { return rows[0][at]; }
    static B load_b(const packed* panel) { return *panel; }
#ifndef BAD
    static C mma(C c, A a, B b) { return c + a * b; }
#endif
    static C zero() { return 0; }
    static C start(const accumulator* columns, const accumulator* rows) { return *columns + *rows; }
    static C add(C a, C b) { return a + b; }
    static void store(accumulator* to, std::size_t, C c) { *to = c; }
    static std::int32_t row_sum(const a_cell* x, std::size_t depth) {
        std::int32_t sum = 0;
        for (std::size_t i = 0; i < depth; ++i) sum += x[i];
        return sum;
    }
};
auto verdict() { return check_atom<Atom, std::int8_t, std::int8_t>(); }
