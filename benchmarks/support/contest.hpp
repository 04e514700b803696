// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Contests: several ways to do one job, ours first, behind the roof over the job. In a pass everybody has a turn, and
/// the best of all passes counts. Who has a turn is made, and compared with the reference before the first one.

#include <deque>
#include <functional>
#include <utility>

#include "passes.hpp"
#include "runner.hpp"

namespace bench {

/// A job and who does it; a benchmark derives from it what else its rows say.
template <class Problem> struct Contest {
    struct Entry {
        std::string who;
        std::string key;  ///< what Google Benchmark calls it
        std::function<std::unique_ptr<Runner>(const Problem&)> make;
        std::function<Verdict(const Problem&, const Runner&)> judge;
        double forgiven = 0;  ///< how far a result may be off and take part all the same, as inexact
        bool judged = false, exact = true, easier = false, wrong = false;
        double seconds = 0;  ///< per run, the best; 0 where it is wrong or left out by --benchmark_filter
    };

    std::string name;
    std::function<std::unique_ptr<Problem>()> problem;
    std::function<void(const Runner& ours)> roof;
    std::vector<Entry> entries{};

    Entry& enter(const std::string& who, auto make, auto judge) {
        return entries.emplace_back(Entry{who, name + "/" + who, make, judge});
    }
    Entry& enter(const std::string& who, auto make) {
        return enter(who, make, [](const Problem& p, const Runner& runner) { return judge(p, runner); });
    }
    /// A library enters if it has the job of `sample`.
    void enter(const PeerOf<Problem>& peer, const Problem& sample, int times) {
        if (peer.make == nullptr || peer.make(sample) == nullptr) return;
        enter(peer.name, peer.make).forgiven = peer.forgiven(times);
    }
    const Entry& ours() const { return entries.front(); }
    std::string roof_key() const { return name + "/roof"; }
};

/// All contests of a program. `C` is a Contest.
template <class C> class Contests {
    using Entry = typename C::Entry;

public:
    C& add(C contest) { return contests_.emplace_back(std::move(contest)); }
    auto begin() const { return contests_.begin(); }
    auto end() const { return contests_.end(); }

    /// Everything, `passes` times. False where a result was wrong; it is then not timed.
    bool run(const Options& options) {
        for (C& contest : contests_) {
            const auto roof = [this, &contest](benchmark::State& state) {
                const Runner& ours = prepared(contest, contest.entries.front());
                for (auto _ : state) contest.roof(ours);
            };
            benchmark::RegisterBenchmark(contest.roof_key().c_str(), roof)->Iterations(1);
            for (Entry& entry : contest.entries) {
                const auto timed = [this, &contest, &entry](benchmark::State& state) {
                    Runner& runner = prepared(contest, entry);
                    if (entry.wrong) return state.SkipWithError("its result is wrong");
                    for (auto _ : state) {
                        runner.run();
                        benchmark::ClobberMemory();
                    }
                };
                benchmark::RegisterBenchmark(entry.key.c_str(), timed)->MinTime(options.seconds)->UseRealTime();
            }
        }
        Best best;
        run_passes(options, best);
        bool right = true;
        for (C& contest : contests_) {
            bool ran = false;
            for (Entry& entry : contest.entries) {
                entry.seconds = best.seconds(entry.key);
                ran = ran || entry.seconds > 0;
                right = right && !entry.wrong;
            }
            // A filter may have left the roof out alone, which shares are shares of.
            if (ran && best.seconds(contest.roof_key()) == 0) contest.roof(prepared(contest, contest.entries.front()));
        }
        return right;
    }

private:
    /// What has its turn, kept while Google Benchmark asks for it again; judged when it is first made.
    Runner& prepared(C& contest, Entry& entry) {
        if (entry.key == runner_of_) return *runner_;
        runner_.reset();
        if (contest.name != problem_of_) {
            problem_.reset();
            problem_ = contest.problem();
            problem_of_ = contest.name;
        }
        runner_ = entry.make(*problem_);
        runner_of_ = entry.key;
        if (!std::exchange(entry.judged, true)) judge_first(entry);
        return *runner_;
    }

    void judge_first(Entry& entry) {
        runner_->run();
        const Verdict verdict = entry.judge(*problem_, *runner_);
        entry.exact = verdict.exact();
        entry.easier = runner_->easier();
        entry.wrong = !entry.exact && !(verdict.furthest <= entry.forgiven);
        if (entry.wrong)
            std::fprintf(stderr, "%s: %zu of %zu numbers are wrong, by up to %g\n", entry.key.c_str(),
                         verdict.different, verdict.seen, verdict.furthest);
    }

    using Problem = typename decltype(std::declval<C&>().problem())::element_type;
    std::deque<C> contests_;
    std::unique_ptr<Problem> problem_;
    std::unique_ptr<Runner> runner_;
    std::string problem_of_, runner_of_;
};

}  // namespace bench
