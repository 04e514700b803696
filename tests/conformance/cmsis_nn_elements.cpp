// SPDX-License-Identifier: BSL-1.0
/// \file
/// Suite cmsis_nn: element-wise operations, softmax, and layers that only move codes.

#include <algorithm>
#include <nlohmann/json.hpp>

#include "conformance/cmsis_nn.hpp"
#include "conformance/suite.hpp"
#include "support/arches.hpp"

namespace conformance {
namespace {

using namespace qtensor;
using cmsis::Image;
using cmsis::number;

using OneWord = std::array<std::int32_t, 2>;

OneWord word(const Case& run, const std::string& name) {
    return {static_cast<std::int32_t>(run.integer(name + "_mult")),
            static_cast<std::int32_t>(run.integer(name + "_shift"))};
}

/// The constants of the case that runs. An operation is bound to scales; these take the place of what it derives.
struct Given {
    OneWord a, b, y;
};
Given given;

struct GivenSum : Add {
    template <class X, class N> struct Bound : detail::IntegerSum<X, N, false> {
        template <class A, class B, class Y>
        Bound(const A& a, const B& b, const Y& y) : detail::IntegerSum<X, N, false>(a, b, y) {
            this->a_words = given.a;
            this->b_words = given.b;
            this->y_words = given.y;
        }
    };
};
struct GivenProduct : Multiply {
    template <class X, class N> struct Bound : detail::IntegerProduct<X, N> {
        template <class A, class B, class Y>
        Bound(const A& a, const B& b, const Y& y) : detail::IntegerProduct<X, N>(a, b, y) {
            this->words = given.y;
        }
    };
};

template <class Op, class T> void flat(Case& run) {
    const auto a = run.tensor("input1").read<T>();
    const auto b = run.tensor("input2").read<T>();
    if (a.size() != b.size()) throw Malformed("operands of different sizes");
    given.y = word(run, "output");
    if (run.has("input1_mult")) {
        given.a = word(run, "input1");
        given.b = word(run, "input2");
        if (run.integer("left_shift") != (sizeof(T) == 1 ? 20 : 15))
            throw Malformed("another left shift than TFLite's");
    }
    const Shape<dyn> shape(a.size());
    const auto scale = [&](const char* name, std::int32_t sign) { return Affine{1.0f, sign * number(run, name, 0)}; };
    qtensor_test::EveryArch::each([&]<class Arch>() {
        std::vector<T> y(a.size());
        // Any scales do: 1 and 1 make 4 without a check of theirs that fails.
        combine_into<Op, numerics::CmsisNn, Arch>(
            QTensor<const T, Affine<>>(a.data(), shape, scale("input1_offset", -1)),
            QTensor<const T, Affine<>>(b.data(), shape, scale("input2_offset", -1)),
            QTensor<T, Affine<>>(y.data(), shape, Affine{4.0f, number(run, "output_offset", 0)}),
            cmsis::clamp_of<T>(run));
        run.expect("output_ref", y, Arch::name);
    });
}

template <class Op, class T> void extreme(Case& run) {
    const auto shape = [&](const char* which) {
        const auto extent = [&](const char* name) { return cmsis::extent(run, name + std::string(which)); };
        return Image(extent("batch"), extent("height"), extent("width"), extent("channel"));
    };
    const Image a = shape("_1"), b = shape("_2");
    const auto larger = [&](std::size_t axis) { return std::max(a.extent(axis), b.extent(axis)); };
    const Image both(larger(0), larger(1), larger(2), larger(3));
    const auto left = run.tensor("input_tensor_1").read<T>();
    const auto right = run.tensor("input_tensor_2").read<T>();
    if (left.size() != a.size() || right.size() != b.size())
        throw Malformed("operands of other sizes than their extents");
    qtensor_test::EveryArch::each([&]<class Arch>() {
        std::vector<T> y(both.size());
        using Codes = QTensor<const T, PerTensor<>, Image>;
        combine_into<Op, numerics::CmsisNn, Arch>(Codes(left.data(), a), Codes(right.data(), b),
                                                  QTensor<T, PerTensor<>, Image>(y.data(), both));
        run.expect("output_ref", y, Arch::name);
    });
}

template <class Y> void softmax(Case& run) {
    const auto x = run.tensor("input").read<std::int8_t>();
    const SoftmaxScaling scaling{number(run, "input_mult", 0), number(run, "input_left_shift", 0),
                                 number(run, "diff_min", 0)};
    const std::size_t rows = cmsis::extent(run, "num_rows"), n = cmsis::extent(run, "row_size");
    if (x.size() != rows * n) throw Malformed("logits of another size than their rows");
    qtensor_test::EveryArch::each([&]<class Arch>() {
        std::vector<Y> y(x.size());
        softmax_rows<std::int8_t, Y, CmsisNn, Arch>(scaling, x.data(), y.data(), rows, n);
        run.expect("output_ref", y, Arch::name);
    });
}

template <class T> void transpose(Case& run) {
    const auto x = run.tensor("input_tensor").read<T>();
    auto extents = run.entry().at("attributes").at("in_dim").get<std::vector<std::size_t>>();
    auto order = run.entry().at("attributes").at("perm").get<std::vector<std::size_t>>();
    extents.resize(order.size());
    while (order.size() < 4) {  // axes of extent 1 in front
        for (std::size_t& axis : order) ++axis;
        order.insert(order.begin(), 0);
        extents.insert(extents.begin(), 1);
    }
    if (order.size() != 4) throw Malformed("a transposition of more than four axes");
    const Image shape(extents[0], extents[1], extents[2], extents[3]);
    if (x.size() != shape.size()) throw Malformed("the input has another size than its extents");
    const auto seen = transposed(QTensor<const T, PerTensor<>, Image>(x.data(), shape),
                                 std::array<std::size_t, 4>{order[0], order[1], order[2], order[3]});
    std::vector<T> y(x.size());
    copy_into(seen, QTensor<T, PerTensor<>, Image>(
                        y.data(), Image(seen.extent(0), seen.extent(1), seen.extent(2), seen.extent(3))));
    run.expect("output", y);
}

template <class T> void pad(Case& run) {
    const auto x = run.tensor("input_tensor").read<T>();
    std::array<std::size_t, 4> inner{}, outer{}, begin{};
    for (std::size_t axis = 0; axis < 4; ++axis) {
        const auto of = [&](const char* what) { return cmsis::extent(run, what + std::string(1, "nhwc"[axis])); };
        inner[axis] = of("input_");
        begin[axis] = of("pre_pad_");
        outer[axis] = begin[axis] + inner[axis] + of("post_pad_");
    }
    const Image from(inner[0], inner[1], inner[2], inner[3]), to(outer[0], outer[1], outer[2], outer[3]);
    if (x.size() != from.size()) throw Malformed("the input has another size than its extents");
    std::vector<T> y(to.size());
    const QTensor<T, PerTensor<>, Image> whole(y.data(), to);
    fill(whole, static_cast<T>(number(run, "pad_value", 0)));
    copy_into(QTensor<const T, PerTensor<>, Image>(x.data(), from), sliced(whole, begin, inner));
    run.expect("output", y);
}

const Part part("cmsis_nn", {
                                {"add_s8", flat<GivenSum, std::int8_t>},
                                {"add_s16", flat<GivenSum, std::int16_t>},
                                {"mul_s8", flat<GivenProduct, std::int8_t>},
                                {"mul_s16", flat<GivenProduct, std::int16_t>},
                                {"maximum_s8", extreme<Maximum, std::int8_t>},
                                {"maximum_s16", extreme<Maximum, std::int16_t>},
                                {"minimum_s8", extreme<Minimum, std::int8_t>},
                                {"minimum_s16", extreme<Minimum, std::int16_t>},
                                {"softmax_s8", softmax<std::int8_t>},
                                {"softmax_s8_s16", softmax<std::int16_t>},
                                {"transpose_s8", transpose<std::int8_t>},
                                {"transpose_s16", transpose<std::int16_t>},
                                {"pad_s8", pad<std::int8_t>},
                                {"pad_s16", pad<std::int16_t>},
                            });

}  // namespace
}  // namespace conformance
