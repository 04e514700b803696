// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Measurements that take turns. Everything registered runs once per pass, in the order of its registration, and the
/// best of all passes counts: a neighbour on the machine costs a pass, not a figure. Beside it, rows of JSON.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <sched.h>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "roofline.hpp"

namespace bench {

/// Processors that this process may use.
inline int processors_now() {
    cpu_set_t all;
    CPU_ZERO(&all);
    sched_getaffinity(0, sizeof(all), &all);
    return CPU_COUNT(&all);
}

/// What the programs are told: [--json=FILE] [--passes=N] [--quick], then Google Benchmark's own flags.
struct Options {
    std::string json;
    int passes = 5;
    double seconds = 0.03;  ///< least time of a measurement in a pass
    bool quick = false;
    int processors = processors_now();  ///< before the thread that measures stays on one

    Options(int& argc, char** argv) {
        int kept = 1;
        for (int i = 1; i < argc; ++i) {
            const std::string_view argument = argv[i];
            if (argument.starts_with("--json=")) {
                json = argument.substr(7);
            } else if (argument.starts_with("--passes=")) {
                passes = std::atoi(argv[i] + 9);
            } else if (argument == "--quick") {
                quick = true;
            } else {
                argv[kept++] = argv[i];
            }
        }
        argc = kept;
        argv[argc] = nullptr;
        if (quick) {
            passes = 2;
            seconds = 0.005;
        }
    }
};

/// Seconds per call, the best of all passes, by name.
class Best : public benchmark::BenchmarkReporter {
public:
    bool ReportContext(const Context&) override { return true; }
    void ReportRuns(const std::vector<Run>& runs) override {
        for (const Run& run : runs) {
            if (run.run_type != Run::RT_Iteration || run.iterations == 0) continue;
            const double seconds = run.real_accumulated_time / static_cast<double>(run.iterations);
            double& best = seconds_.try_emplace(run.run_name.function_name, seconds).first->second;
            best = std::min(best, seconds);
        }
    }
    /// 0 where nothing of that name has run.
    double seconds(const std::string& name) const {
        const auto found = seconds_.find(name);
        return found == seconds_.end() ? 0.0 : found->second;
    }

private:
    std::map<std::string, double> seconds_;
};

/// Runs everything that is registered, `passes` times. The thread stays on the processor that it is on.
inline void run_passes(const Options& options, Best& best) {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(static_cast<std::size_t>(sched_getcpu()), &one);
    sched_setaffinity(0, sizeof(one), &one);
    for (int pass = 0; pass < options.passes; ++pass) {
        std::fprintf(stderr, "  pass %d of %d\n", pass + 1, options.passes);
        benchmark::RunSpecifiedBenchmarks(&best);
    }
}

/// A list of flat JSON objects, printed as it grows.
class Rows {
public:
    template <class Value> Rows& add(std::string_view key, const Value& value) {
        row_ += row_.empty() ? "{" : ", ";
        row_ += quoted(key) + ": ";
        if constexpr (std::is_same_v<Value, bool>) {
            row_ += value ? "true" : "false";
        } else if constexpr (std::is_integral_v<Value>) {
            row_ += std::to_string(value);
        } else if constexpr (std::is_floating_point_v<Value>) {
            char text[32];
            std::snprintf(text, sizeof(text), "%.4g", static_cast<double>(value));
            row_ += text;
        } else {
            row_ += quoted(value);
        }
        return *this;
    }
    void end() {
        rows_ += (rows_.empty() ? "[\n " : ",\n ") + row_ + "}";
        row_.clear();
    }
    void write(const std::string& file) const {
        std::FILE* to = file.empty() ? stdout : std::fopen(file.c_str(), "w");
        if (to == nullptr) {
            std::fprintf(stderr, "cannot write %s\n", file.c_str());
            std::exit(1);
        }
        std::fprintf(to, "%s\n]\n", rows_.c_str());
        if (to != stdout) std::fclose(to);
    }

private:
    static std::string quoted(std::string_view text) {
        std::string all = "\"";
        for (const char c : text) {
            if (c == '"' || c == '\\') all += '\\';
            if (static_cast<unsigned char>(c) >= 0x20) all += c;
        }
        return all + "\"";
    }
    std::string rows_, row_;
};

/// What compiled this program.
inline std::string compiler() {
#if defined(__clang__)
    return "clang " __clang_version__;
#else
    return "g++ " __VERSION__;
#endif
}

/// The row that says who measured and took part; the caller may add to it and ends it.
template <class Peers> Rows& machine_row(Rows& rows, const Options& options, const char* isa, const Peers& peers) {
    rows.add("bench", "machine").add("isa", isa).add("compiler", compiler());
    rows.add("clock_ghz", roofline::clock_hz() * 1e-9).add("passes", options.passes).add("quick", options.quick);
    rows.add("processors", options.processors);
    for (const auto& peer : peers)
        if (peer.make != nullptr) rows.add(peer.name, peer.version);
    return rows;
}

/// The main function of a program for one instruction set. Its status is 77 where the processor does not have that.
template <class Programme> int main_of(int argc, char** argv, const char* isa) {
    const std::string lacking = roofline::cpu_lacks(isa);
    if (!lacking.empty()) {
        std::fprintf(stderr, "%s: not run, this processor has no %s\n", isa, lacking.c_str());
        return 77;
    }
    const Options options(argc, argv);
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
    Programme programme(options);
    const bool right = programme.run();
    Rows rows;
    programme.report(rows);
    rows.write(options.json);
    return right ? 0 : 1;
}

}  // namespace bench
