// SPDX-License-Identifier: BSL-1.0
/// \file
/// Suite fixedpoint: the arithmetic of gemmlowp, TFLite and ruy, number by number, on lanes of every architecture.

#include <qtensor/numeric.hpp>

#include "conformance/suite.hpp"
#include "support/arches.hpp"

namespace conformance {
namespace {

using namespace qtensor;
using Ints = std::vector<std::int32_t>;

/// y = rule(first, more...), element by element.
template <class Rule, class... More>
void elementwise(Case& run, const Rule& rule, const Ints& first, const More&... more) {
    if (((more.size() != first.size()) || ...)) throw Malformed("operands of different lengths");
    qtensor_test::EveryArch::each([&]<class Arch>() {
        using V = lanes<std::int32_t, Arch>;
        Ints got(first.size());
        for (std::size_t i = 0; i < got.size(); i += lane::width<V>) {
            const std::size_t count = got.size() - i;
            lane::store(got.data() + i,
                        rule(lane::load<V>(first.data() + i, count), lane::load<V>(more.data() + i, count)...), count);
        }
        run.expect("y", got, Arch::name);
    });
}

Ints read(const Case& run, const char* name) { return run.tensor(name).read<std::int32_t>(); }

template <class Rule> void multiplier(Case& run, const Rule& rule) {
    elementwise(run, rule, read(run, "x"), read(run, "multiplier"), read(run, "shift"));
}

void srdhm(Case& run) {
    elementwise(run, [](auto a, auto b) { return lane::doubling_high(a, b); }, read(run, "a"), read(run, "b"));
}
void rounding_divide(Case& run) {
    elementwise(
        run, [](auto x, auto e) { return rounding_divide_by_power_of_two(x, e); }, read(run, "x"),
        read(run, "exponent"));
}
void double_rounding(Case& run) {
    multiplier(run, [](auto x, auto m, auto s) { return TfLiteDoubleRounding::multiply(x, m, s); });
}
void single_rounding(Case& run) {
    multiplier(run, [](auto x, auto m, auto s) { return TfLiteSingleRounding::multiply(x, m, s); });
}
void exp_negative(Case& run) {
    elementwise(run, [](auto x) { return exp_on_negative_values<5>(x); }, read(run, "x"));
}
void logistic_q4(Case& run) {
    elementwise(run, [](auto x) { return logistic<4>(x); }, read(run, "x"));
}
void tanh_q4(Case& run) {
    elementwise(run, [](auto x) { return qtensor::tanh<4>(x); }, read(run, "x"));
}
void one_over(Case& run) {
    elementwise(run, [](auto x) { return one_over_one_plus_x(x); }, read(run, "x"));
}

void int64_accumulators(Case& run) {
    const auto x = run.tensor("x").read<std::int64_t>();
    const Ints mantissa = read(run, "multiplier");
    const Ints shift = read(run, "shift");
    Ints got;
    for (std::size_t i = 0; i < x.size(); ++i)
        got.push_back(static_cast<std::int32_t>(TfLiteMultiplier::multiply_wide(x[i], mantissa.at(i), shift.at(i))));
    run.expect("y", got);
}

void quantize_multiplier(Case& run) {
    Ints mantissas;
    Ints shifts;
    for (const double real : run.tensor("real").read<double>()) {
        const FixedPoint made = fixed_point(real);
        mantissas.push_back(made.mantissa);
        shifts.push_back(made.shift);
    }
    run.expect("multiplier", mantissas);
    run.expect("shift", shifts);
}

const Part part("fixedpoint", {
                                  {"srdhm", srdhm},
                                  {"rounding_divide_by_pot", rounding_divide},
                                  {"multiply_by_quantized_multiplier_double_rounding", double_rounding},
                                  {"multiply_by_quantized_multiplier_single_rounding", single_rounding},
                                  {"multiply_by_quantized_multiplier_ruy", single_rounding},
                                  {"multiply_by_quantized_multiplier_int64", int64_accumulators},
                                  {"quantize_multiplier", quantize_multiplier},
                                  {"exp_on_negative_values_q5_26", exp_negative},
                                  {"logistic_q4_27", logistic_q4},
                                  {"tanh_q4_27", tanh_q4},
                                  {"one_over_one_plus_x_q0_31", one_over},
                              });

}  // namespace
}  // namespace conformance
