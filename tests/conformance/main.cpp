// SPDX-License-Identifier: BSL-1.0
/// \file
/// Runs the cases of a folder of suites and says how many of each operator came out exactly, within the tolerance of
/// the manifest, or do not apply. tests/conformance/run.sh has the usage.

#include <algorithm>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <tuple>

#include "conformance/suite.hpp"

namespace {

using namespace conformance;
namespace fs = std::filesystem;

/// inapplicable.txt: lines `suite operator key: reason`, where operator and key may be *.
class WrittenList {
public:
    explicit WrittenList(const fs::path& path) {
        std::ifstream file(path);
        if (!file) throw Malformed(path.string() + " cannot be read");
        for (std::string line; std::getline(file, line);) {
            if (line.empty() || line[0] == '#') continue;
            std::istringstream words(line);
            Entry entry;
            words >> entry.suite >> entry.op >> entry.key;
            if (entry.key.size() < 2 || entry.key.back() != ':')
                throw Malformed(path.string() + ": not 'suite operator key: reason': " + line);
            entry.key.pop_back();
            std::getline(words >> std::ws, entry.reason);
            entries_.push_back(entry);
        }
    }
    /// The reason, or nothing where it is not written. `key` is * for an operator without a function.
    std::string reason(const std::string& suite, const std::string& op, const std::string& key) const {
        for (const Entry& entry : entries_) {
            if (entry.suite == suite && (entry.op == "*" || entry.op == op) && entry.key == key) return entry.reason;
        }
        return {};
    }

private:
    struct Entry {
        std::string suite, op, key, reason;
    };
    std::vector<Entry> entries_;
};

struct Tally {
    int cases = 0, exact = 0, within = 0, inapplicable = 0;
};

class Runner {
public:
    explicit Runner(const WrittenList& list) : list_(list) {}

    void suite(const fs::path& folder) {
        std::ifstream file(folder / "manifest.json");
        if (!file) throw Malformed((folder / "manifest.json").string() + " cannot be read");
        const auto manifest = nlohmann::json::parse(file);
        const std::string name = manifest.value("suite", folder.filename().string());
        if (!manifest.contains("cases")) return;  // a folder of tables
        std::map<std::string, Tally> tallies;
        for (const auto& entry : manifest.at("cases")) {
            const auto op = entry.at("op").get<std::string>();
            one(name, op, entry, folder, tallies[op]);
        }
        for (const auto& [op, tally] : tallies) {
            std::cout << "conformance " << name << ' ' << op << " exact " << tally.exact << '/' << tally.cases
                      << " within " << tally.within << " inapplicable " << tally.inapplicable << '\n';
            passed_ += tally.exact + tally.within;
        }
    }

    /// Failures, then what does not apply, then the tally. The exit status.
    int close() const {
        for (const std::string& line : failures_) std::cout << "FAIL  " << line << '\n';
        for (const std::string& line : skips_) std::cout << "inapplicable  " << line << '\n';
        if (passed_ == 0 && failures_.empty() && skips_.empty()) {
            std::cout << "There is no case.\n0 passed, 1 failed, 0 skipped\n";
            return 1;
        }
        std::cout << passed_ << " passed, " << failures_.size() << " failed, " << skips_.size() - unwritten_
                  << " skipped\n";
        return failures_.empty() ? 0 : 1;
    }

private:
    void one(const std::string& suite, const std::string& op, const nlohmann::json& entry, const fs::path& folder,
             Tally& tally) {
        ++tally.cases;
        const std::string name = suite + ' ' + op + ' ' + entry.value("name", std::string("(a case without a name)"));
        try {
            const auto operators = suites().find(suite);
            if (operators == suites().end() || !operators->second.contains(op)) throw Inapplicable("*");
            Case run(entry, folder);
            operators->second.at(op)(run);
            switch (run.verdict()) {
            case Verdict::exact:
                ++tally.exact;
                break;
            case Verdict::within:
                ++tally.within;
                break;
            case Verdict::wrong:
                failures_.push_back(name + ": " + run.complaint());
                break;
            }
        } catch (const Inapplicable& why) {
            ++tally.inapplicable;
            const std::string reason = list_.reason(suite, op, why.what());
            skips_.push_back(name + ": " + (reason.empty() ? std::string("not in the written list") : reason));
            if (!reason.empty()) return;
            ++unwritten_;
            failures_.push_back(name + ": inapplicable (" + why.what() + "), which inapplicable.txt does not allow");
        } catch (const std::exception& failure) {
            failures_.push_back(name + ": " + failure.what());
        }
    }

    const WrittenList& list_;
    std::vector<std::string> failures_;
    std::vector<std::string> skips_;
    std::size_t unwritten_ = 0;
    int passed_ = 0;
};

/// A list that excuses an operator which has a function would hide it when the function is lost.
void check(const WrittenList& list) {
    for (const auto& [suite, operators] : suites()) {
        for (const auto& [op, run] : operators) {
            if (!list.reason(suite, op, "*").empty())
                throw Malformed("inapplicable.txt excuses " + suite + ' ' + op + ", which has a function");
        }
    }
}

}  // namespace

/// LIST DIR [SUITE]
int main(int count, char** arguments) {
    try {
        if (count != 3 && count != 4) throw Malformed("arguments: LIST DIR [SUITE]");
        const WrittenList list(arguments[1]);
        check(list);
        const fs::path folder(arguments[2]);
        if (!fs::is_directory(folder)) throw Malformed(folder.string() + " is no folder");
        Runner runner(list);
        if (count == 4) {
            runner.suite(folder / arguments[3]);
        } else {
            std::vector<fs::path> folders;
            for (const auto& each : fs::directory_iterator(folder)) {
                if (fs::exists(each.path() / "manifest.json")) folders.push_back(each.path());
            }
            std::sort(folders.begin(), folders.end());
            for (const fs::path& each : folders) runner.suite(each);
        }
        return runner.close();
    } catch (const std::exception& failure) {
        std::cerr << "conformance: " << failure.what() << '\n';
        return 2;
    }
}
