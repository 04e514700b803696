// SPDX-License-Identifier: BSL-1.0
/// \file
/// Suite onnx_node: MatMulInteger, QLinearMatMul, MatMul and Gemm. ONNX stores the second operand [k][n]; weights here
/// are [n][k].

#include <algorithm>

#include "conformance/product.hpp"
#include "conformance/suite.hpp"

namespace conformance {
namespace {

using namespace qtensor;

/// How NumPy's matmul sees two operands: stacks of matrices, extents of 1 repeated, vectors as matrices of one row or
/// column.
struct Stacks {
    std::vector<std::size_t> a_stack, b_stack, stack;
    std::size_t m = 1, k = 1, n = 1;

    Stacks(const Tensor& a, const Tensor& b) : a_stack(a.shape), b_stack(b.shape) {
        if (a_stack.empty() || b_stack.empty()) throw Malformed("a product of a number");
        k = a_stack.back();
        a_stack.pop_back();
        if (!a_stack.empty()) m = taken(a_stack);
        if (b_stack.size() > 1) n = taken(b_stack);
        if (taken(b_stack) != k) throw Malformed("the operands have different depths");
        stack.assign(std::max(a_stack.size(), b_stack.size()), 1);
        for (std::size_t i = 0; i < stack.size(); ++i) {
            stack[stack.size() - 1 - i] = std::max(from_back(a_stack, i), from_back(b_stack, i));
        }
    }
    std::size_t count() const { return product(stack); }
    /// Which matrix of an operand stands at position `number` of the result.
    static std::size_t index(const std::vector<std::size_t>& operand, const std::vector<std::size_t>& stack,
                             std::size_t number) {
        std::size_t at = 0;
        std::size_t step = 1;
        for (std::size_t i = 0; i < stack.size(); ++i) {
            const std::size_t extent = stack[stack.size() - 1 - i];
            const std::size_t own = from_back(operand, i);
            at += own == 1 ? 0 : number % extent * step;
            step *= own;
            number /= extent;
        }
        return at;
    }

private:
    static std::size_t taken(std::vector<std::size_t>& extents) {
        const std::size_t last = extents.back();
        extents.pop_back();
        return last;
    }
    static std::size_t from_back(const std::vector<std::size_t>& extents, std::size_t i) {
        return i < extents.size() ? extents[extents.size() - 1 - i] : 1;
    }
    static std::size_t product(const std::vector<std::size_t>& extents) {
        std::size_t all = 1;
        for (const std::size_t extent : extents) all *= extent;
        return all;
    }
};

/// Scales and zero points of an operand: one, or one per row of a or column of b.
struct Meaning {
    std::vector<float> scales;
    std::vector<std::int32_t> zeros;

    Meaning(const Tensor* scale, const Tensor* zero, std::size_t channels)
        : scales(channels, 1.0f), zeros(channels, 0) {
        if (scale != nullptr) spread(scale->reals(), scales);
        if (zero != nullptr) spread(zero->integers(), zeros);
    }

private:
    template <class From, class To> static void spread(const std::vector<From>& from, std::vector<To>& to) {
        if (from.size() != 1 && from.size() != to.size())
            throw Malformed("scales or zero points are one, or one per row or column");
        for (std::size_t i = 0; i < to.size(); ++i) to[i] = static_cast<To>(from[from.size() == 1 ? 0 : i]);
    }
};

/// a * b row by row, since a row of a may have a scale and a zero point of its own; stages(row) yields what follows.
template <class Arch, class Y, class A, class B, class Stages>
std::vector<Y> rows(const Stacks& shape, const std::vector<A>& a, const std::vector<B>& b, const Meaning& a_meaning,
                    const Meaning& b_meaning, const Stages& stages) {
    std::vector<Y> got;
    for (std::size_t number = 0; number < shape.count(); ++number) {
        const A* left = a.data() + Stacks::index(shape.a_stack, shape.stack, number) * shape.m * shape.k;
        const B* right = b.data() + Stacks::index(shape.b_stack, shape.stack, number) * shape.k * shape.n;
        const auto cells = transposed(right, shape.k, shape.n);
        const QTensor<const B, PerChannelAffine<dyn>, Matrix> w(
            cells.data(), Matrix(shape.n, shape.k),
            PerChannelAffine<dyn>{b_meaning.scales.data(), b_meaning.zeros.data()});
        for (std::size_t i = 0; i < shape.m; ++i) {
            const QTensor<const A, Affine<>, Matrix> x(left + i * shape.k, Matrix(1, shape.k),
                                                       Affine{a_meaning.scales[i], a_meaning.zeros[i]});
            const auto y = stages(i, [&](const auto&... stage) { return multiply<Arch>(x, w, stage...); });
            got.insert(got.end(), y.begin(), y.end());
        }
    }
    return got;
}

/// body<A, B>() for operands that are int8 or uint8 each.
template <class Body> void with_bytes(const Tensor& a, const Tensor& b, Body&& body) {
    const auto second = [&]<class A>() {
        if (b.type == "int8") return body.template operator()<A, std::int8_t>();
        if (b.type == "uint8") return body.template operator()<A, std::uint8_t>();
        throw Inapplicable(b.type);
    };
    if (a.type == "int8") return second.template operator()<std::int8_t>();
    if (a.type == "uint8") return second.template operator()<std::uint8_t>();
    throw Inapplicable(a.type);
}

const Tensor& needed(const Case& run, std::size_t position) {
    const Tensor* tensor = run.node_input(position);
    if (tensor == nullptr) throw Malformed("an input is missing");
    return *tensor;
}

void matmul_integer(Case& run) {
    const Tensor& a = needed(run, 0);
    const Tensor& b = needed(run, 1);
    const Stacks shape(a, b);
    const Meaning a_meaning(nullptr, run.node_input(2), shape.m);
    const Meaning b_meaning(nullptr, run.node_input(3), shape.n);
    with_bytes(a, b, [&]<class A, class B>() {
        each_arch<A, B>([&]<class Arch>() {
            run.expect(run.node_output(0),
                       rows<Arch, std::int32_t>(shape, a.read<A>(), b.read<B>(), a_meaning, b_meaning,
                                                [](std::size_t, auto&& multiplied) { return multiplied(); }),
                       Arch::name);
        });
    });
}

template <class Scale> void qlinear_matmul_in(Case& run) {
    const Tensor& a = needed(run, 0);
    const Tensor& b = needed(run, 3);
    const Stacks shape(a, b);
    const Meaning a_meaning(&needed(run, 1), run.node_input(2), shape.m);
    const Meaning b_meaning(&needed(run, 4), run.node_input(5), shape.n);
    const Meaning y_meaning(&needed(run, 6), run.node_input(7), shape.m);
    const auto as = [&]<class A, class B, class Y>() {
        each_arch<A, B>([&]<class Arch>() {
            const auto stages = [&](std::size_t row, auto&& multiplied) {
                return multiplied(
                    Requantize<Y, OnnxQLinear<Scale>>{Affine{y_meaning.scales[row], y_meaning.zeros[row]}});
            };
            run.expect(run.node_output(0), rows<Arch, Y>(shape, a.read<A>(), b.read<B>(), a_meaning, b_meaning, stages),
                       Arch::name);
        });
    };
    with_bytes(a, b, [&]<class A, class B>() {
        if (run.tensor(run.node_output(0)).type == "int8") return as.template operator()<A, B, std::int8_t>();
        if (run.tensor(run.node_output(0)).type == "uint8") return as.template operator()<A, B, std::uint8_t>();
        throw Inapplicable(run.tensor(run.node_output(0)).type);
    });
}

void qlinear_matmul(Case& run) {
    if (needed(run, 1).dtype == "float16") {
        qlinear_matmul_in<float16>(run);
    } else {
        qlinear_matmul_in<float>(run);
    }
}

template <class Arch, class... Stages>
std::vector<float> real_product(const std::vector<float>& a, const std::vector<float>& w, std::size_t m, std::size_t n,
                                std::size_t k, const Stages&... stages) {
    return multiply<Arch>(matrix(a, m, k, Unscaled{}), matrix(w, n, k, Unscaled{}), stages...);
}

void real_matmul(Case& run) {
    const Tensor& a = needed(run, 0);
    const Tensor& b = needed(run, 1);
    if (a.dtype != "float32" || b.dtype != "float32") throw Inapplicable(a.dtype);
    const Stacks shape(a, b);
    const auto left = a.reals();
    const auto right = b.reals();
    each_arch<float, float>([&]<class Arch>() {
        std::vector<float> got;
        for (std::size_t number = 0; number < shape.count(); ++number) {
            const float* x = left.data() + Stacks::index(shape.a_stack, shape.stack, number) * shape.m * shape.k;
            const float* w = right.data() + Stacks::index(shape.b_stack, shape.stack, number) * shape.k * shape.n;
            const auto y = real_product<Arch>(std::vector<float>(x, x + shape.m * shape.k),
                                              transposed(w, shape.k, shape.n), shape.m, shape.n, shape.k);
            got.insert(got.end(), y.begin(), y.end());
        }
        run.expect(run.node_output(0), got, Arch::name);
    });
}

/// alpha * value + beta * c(row, column): a stage of the user's own.
struct Scaled {
    float alpha, beta;
    const std::vector<float>* c;
    std::size_t row_step, column_step;

    template <class V> V operator()(V value, const Cell& cell) const {
        float addends[lane::width<V>] = {};
        for (std::size_t i = 0; c != nullptr && i < cell.count && i < lane::width<V>; ++i)
            addends[i] = beta * (*c)[cell.row * row_step + (cell.column + i) * column_step];
        return lane::broadcast<V>(alpha) * value + lane::load<V>(addends, lane::width<V>);
    }
};

void gemm(Case& run) {
    const Tensor& a = needed(run, 0);
    const Tensor& b = needed(run, 1);
    if (a.dtype != "float32" || a.shape.size() != 2 || b.shape.size() != 2)
        throw Malformed("Gemm takes float matrices");
    const auto x = run.integer("transA", 0) != 0 ? transposed(a.reals().data(), a.shape[0], a.shape[1]) : a.reals();
    const auto w = run.integer("transB", 0) != 0 ? b.reals() : transposed(b.reals().data(), b.shape[0], b.shape[1]);
    const std::size_t m = a.shape[run.integer("transA", 0) != 0 ? 1 : 0];
    const std::size_t k = a.shape[run.integer("transA", 0) != 0 ? 0 : 1];
    const std::size_t n = b.shape[run.integer("transB", 0) != 0 ? 0 : 1];
    const Tensor* c = run.node_input(2);
    const std::vector<float> addends = c == nullptr ? std::vector<float>{} : c->reals();
    const std::size_t c_columns = c == nullptr || c->shape.empty() ? 1 : c->shape.back();
    const std::size_t c_rows = c == nullptr || c->shape.size() < 2 ? 1 : c->shape[0];
    const auto factor = [&](const char* name) { return run.has(name) ? static_cast<float>(run.real(name)) : 1.0f; };
    const Scaled stage{factor("alpha"), factor("beta"), c == nullptr ? nullptr : &addends, c_rows == 1 ? 0 : c_columns,
                       c_columns == 1 ? std::size_t{0} : 1};
    each_arch<float, float>(
        [&]<class Arch>() { run.expect(run.node_output(0), real_product<Arch>(x, w, m, n, k, stage), Arch::name); });
}

const Part part("onnx_node", {
                                 {"MatMulInteger", matmul_integer},
                                 {"QLinearMatMul", qlinear_matmul},
                                 {"MatMul", real_matmul},
                                 {"Gemm", gemm},
                             });

}  // namespace
}  // namespace conformance
