// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// One product to be measured: the job, its sizes, its operands and what the result has to be. Everybody who takes part
/// reads the same operands, and everybody's result is compared with the same reference before it is timed.

#include <qtensor/host.hpp>

#include "runner.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <memory>
#include <new>
#include <string>
#include <vector>

namespace bench {

/// Operands begin at a cache line: nobody's figure hangs on where malloc put them.
template <class T> struct AtCacheLines {
    using value_type = T;
    AtCacheLines() = default;
    template <class U> AtCacheLines(const AtCacheLines<U>&) {}
    T* allocate(std::size_t count) { return static_cast<T*>(::operator new(count * sizeof(T), std::align_val_t{64})); }
    void deallocate(T* data, std::size_t) { ::operator delete(data, std::align_val_t{64}); }
    bool operator==(const AtCacheLines&) const = default;
};
template <class T> using Cells = std::vector<T, AtCacheLines<T>>;

enum class Job { s8s8_s8, s8s8_s8_tflite, s8s8_s32, u8s8_s32, s8s8_s16, s8s4_s8, s8s7_s32, s8s7_s16, f32 };

struct JobName {
    Job job;
    const char* name;
};
inline constexpr std::array job_names{
    JobName{Job::s8s8_s8, "s8s8_s8"},   JobName{Job::s8s8_s8_tflite, "s8s8_s8_tflite"},
    JobName{Job::s8s8_s32, "s8s8_s32"}, JobName{Job::u8s8_s32, "u8s8_s32"},
    JobName{Job::s8s8_s16, "s8s8_s16"}, JobName{Job::s8s4_s8, "s8s4_s8"},
    JobName{Job::s8s7_s32, "s8s7_s32"}, JobName{Job::s8s7_s16, "s8s7_s16"},
    JobName{Job::f32, "f32"},
};
constexpr const char* name_of(Job job) { return job_names[static_cast<std::size_t>(job)].name; }

/// Numbers from a fixed seed (Numerical Recipes' linear congruential generator).
class Noise {
public:
    int operator()(int lowest, int highest) {
        state_ = state_ * 1664525u + 1013904223u;
        return lowest + static_cast<int>((state_ >> 8) % static_cast<std::uint32_t>(highest - lowest + 1));
    }

private:
    std::uint32_t state_ = 12345;
};

struct Problem {
    Job job;
    std::size_t m, n, k;
    Cells<std::int8_t> x;         ///< [m][k]; the bits of uint8 for u8s8_s32
    Cells<std::int8_t> w;         ///< [n][k]
    Cells<std::uint8_t> nibbles;  ///< the same, two to a byte, for s8s4_s8
    Cells<float> xf, wf;          ///< the same for f32
    Cells<std::int32_t> bias;
    Cells<float> w_scales;
    float x_scale = 0.02f, y_scale = 1.0f;
    int x_zero = 5, y_zero = -3;

    Problem(Job the_job, std::size_t rows, std::size_t columns, std::size_t depth)
        : job(the_job), m(rows), n(columns), k(depth), bias(columns), w_scales(columns) {
        Noise noise;
        if (job == Job::f32) {
            xf.resize(m * k);
            wf.resize(n * k);
            for (float& v : xf) v = static_cast<float>(noise(-1000, 1000)) / 1000.0f;
            for (float& v : wf) v = static_cast<float>(noise(-1000, 1000)) / 1000.0f;
            return;
        }
        x.resize(m * k);
        w.resize(n * k);
        for (auto& v : x) v = static_cast<std::int8_t>(noise(-128, 127));
        const int reach = w_reach();
        for (auto& v : w) v = static_cast<std::int8_t>(noise(-reach, reach));
        if (job == Job::s8s4_s8) {
            nibbles.resize(qtensor::cells_for<qtensor::int4>(n * k));
            for (std::size_t i = 0; i < w.size(); ++i) qtensor::element<qtensor::int4>::store(nibbles.data(), i, w[i]);
        }
        // Sums of int16: at most 255 weights of -1 and 1 per row are what any activations allow.
        if (job == Job::s8s8_s16 || job == Job::s8s7_s16) {
            for (std::size_t j = 0; j < n; ++j)
                for (std::size_t kk = 0; kk < k; ++kk)
                    w[j * k + kk] = static_cast<std::int8_t>(kk % ((k + 254) / 255) == 0 ? noise(-1, 1) : 0);
        }
        for (auto& v : bias) v = noise(-1000, 1000);
        for (std::size_t j = 0; j < n; ++j) w_scales[j] = 0.01f * (1.0f + static_cast<float>(j % 7) / 8.0f);
        // Codes spread over their range: one standard deviation of a sum of the largest scale is 50 codes.
        y_scale = x_scale * 0.0175f * 74.0f * static_cast<float>(reach) * 0.58f * std::sqrt(static_cast<float>(k)) / 50;
    }

    int w_reach() const { return job == Job::s8s4_s8 ? 7 : job == Job::s8s7_s32 ? 63 : 127; }
    bool is_codes() const { return job == Job::s8s8_s8 || job == Job::s8s8_s8_tflite || job == Job::s8s4_s8; }
    double operations() const { return 2.0 * static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k); }

    /// sum_k x w, without zero points; activations of u8s8_s32 are what their bits are as uint8.
    std::int64_t sum(std::size_t i, std::size_t j) const {
        std::int64_t total = 0;
        for (std::size_t kk = 0; kk < k; ++kk) {
            const int a = job == Job::u8s8_s32 ? static_cast<std::uint8_t>(x[i * k + kk]) : x[i * k + kk];
            total += a * w[j * k + kk];
        }
        return total;
    }

    /// What y[i][j] has to be.
    double expected(std::size_t i, std::size_t j) const {
        if (job == Job::f32) {
            double total = 0;
            for (std::size_t kk = 0; kk < k; ++kk)
                total += static_cast<double>(xf[i * k + kk]) * static_cast<double>(wf[j * k + kk]);
            return total;
        }
        if (!is_codes()) return static_cast<double>(sum(i, j));
        std::int64_t total = sum(i, j) + bias[j];
        for (std::size_t kk = 0; kk < k; ++kk) total -= x_zero * w[j * k + kk];
        const auto acc = static_cast<std::int32_t>(total);
        const qtensor::CodeRange range{y_zero, -128, 127};
        const auto code = [&]<class Dialect>(Dialect) {
            return static_cast<double>(Dialect::apply(acc, Dialect::derive(x_scale, w_scales[j], y_scale), range));
        };
        return job == Job::s8s8_s8_tflite ? code(qtensor::TfLiteDoubleRounding{}) : code(qtensor::XnnpackFp32{});
    }
};

/// On at most 4096 elements, of which every tile of a kernel has some. Real sums may differ by their rounding.
inline Verdict judge(const Problem& problem, const Runner& runner) {
    Verdict verdict;
    const double allowed = problem.job == Job::f32 ? 1e-6 * static_cast<double>(problem.k) : 0.0;
    const std::size_t size = problem.m * problem.n;
    const std::size_t step = std::max<std::size_t>(1, size / 4096) | 1;
    for (std::size_t at = 0; at < size; at += step)
        verdict.compare(runner.result(at), problem.expected(at / problem.n, at % problem.n), allowed);
    return verdict;
}

using Peer = PeerOf<Problem>;

}  // namespace bench
