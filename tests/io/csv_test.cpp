// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/io/csv.hpp>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

using namespace qtensor;

namespace {

/// A file with this text, gone at the end.
class TextFile {
public:
    explicit TextFile(const std::string& text) {
        std::string name = (std::filesystem::temp_directory_path() / "qtensor_csv_XXXXXX").string();
        const int handle = mkstemp(name.data());
        REQUIRE(handle >= 0);
        std::FILE* file = fdopen(handle, "wb");
        REQUIRE(std::fwrite(text.data(), 1, text.size(), file) == text.size());
        REQUIRE(std::fclose(file) == 0);
        path_ = name;
    }
    TextFile(const TextFile&) = delete;
    TextFile& operator=(const TextFile&) = delete;
    ~TextFile() { std::remove(path_.c_str()); }

    const std::string& path() const { return path_; }

private:
    std::string path_;
};

Table read(const std::string& text) {
    const TextFile file(text);
    return read_csv(file.path());
}

/// What reading this text throws, with FILE for the path.
std::string complaint(const std::string& text) {
    const TextFile file(text);
    try {
        static_cast<void>(read_csv(file.path()));
    } catch (const std::runtime_error& error) {
        std::string what = error.what();
        const std::size_t at = what.find(file.path());
        return at == std::string::npos ? what : what.replace(at, file.path().size(), "FILE");
    }
    return "nothing was thrown";
}

void check(const std::string& text, std::size_t rows, std::size_t columns, const std::vector<float>& values) {
    INFO(text);
    const Table table = read(text);
    CHECK(table.rows == rows);
    CHECK(table.columns == columns);
    CHECK(table.values == values);
}

}  // namespace

TEST_CASE("read_csv: a rectangle of numbers", "[csv]") {
    const Table table = read("1,2.5,-3\n4e2,0,.5\n");
    CHECK(table.rows == 2);
    CHECK(table.columns == 3);
    CHECK(table.values == std::vector<float>{1.0f, 2.5f, -3.0f, 400.0f, 0.0f, 0.5f});
    CHECK(table(0, 2) == -3.0f);
    CHECK(table(1, 0) == 400.0f);
    check("7", 1, 1, {7.0f});
    check("7\n", 1, 1, {7.0f});
    check("1\n2\n3\n", 3, 1, {1.0f, 2.0f, 3.0f});
    check("1,2,3,4", 1, 4, {1.0f, 2.0f, 3.0f, 4.0f});
}

TEST_CASE("read_csv: line ends and spaces", "[csv]") {
    check("1,2\r\n3,4\r\n", 2, 2, {1.0f, 2.0f, 3.0f, 4.0f});
    check("1,2\r\n3,4", 2, 2, {1.0f, 2.0f, 3.0f, 4.0f});
    check("1,2\n3,4\n\n", 2, 2, {1.0f, 2.0f, 3.0f, 4.0f});
    check("1,2\r\n3,4\r\n\r\n", 2, 2, {1.0f, 2.0f, 3.0f, 4.0f});
    check("  1 ,2\n3,   4   \n", 2, 2, {1.0f, 2.0f, 3.0f, 4.0f});
}

TEST_CASE("read_csv: numbers are the nearest floats", "[csv]") {
    check("0.1,3.4028235e38,1.17549435e-38,-0\n", 1, 4, {0.1f, 3.4028235e38f, 1.17549435e-38f, -0.0f});
    check("16777217,0.3333333333333333333333\n", 1, 2, {16777216.0f, 0.33333334f});
    check("1e-45\n", 1, 1, {1e-45f});
}

TEST_CASE("read_csv: a file that is missing or empty", "[csv]") {
    const std::string missing = (std::filesystem::temp_directory_path() / "qtensor_no_such_file.csv").string();
    CHECK_THROWS_WITH(read_csv(missing), missing + ": cannot be opened for reading");
    CHECK(complaint("") == "FILE: holds no numbers");
    CHECK(complaint("\n") == "FILE: holds no numbers");
    CHECK(complaint("\r\n") == "FILE: holds no numbers");
}

TEST_CASE("read_csv: a field that is no finite number is named by line and column", "[csv]") {
    const auto field = [](const std::string& place, const std::string& text) {
        return "FILE:" + place + " holds \"" + text + "\", which is no finite number";
    };
    CHECK(complaint("a,b\n1,2\n") == field("1: column 1", "a"));
    CHECK(complaint("1,2\n3,x\n") == field("2: column 2", "x"));
    CHECK(complaint("1,2\n3,4\n5,6,\n") == field("3: column 3", ""));
    CHECK(complaint("1,,2\n") == field("1: column 2", ""));
    CHECK(complaint("1,2\n\n3,4\n") == field("2: column 1", ""));
    CHECK(complaint("1,2\n\n\n") == field("2: column 1", ""));
    CHECK(complaint("1,2\n   \n3,4\n") == field("2: column 1", ""));
    CHECK(complaint("1;2\n") == field("1: column 1", "1;2"));
    CHECK(complaint("1 2\n") == field("1: column 1", "1 2"));
    CHECK(complaint("1.5f\n") == field("1: column 1", "1.5f"));
    CHECK(complaint("\"1\"\n") == field("1: column 1", "\"1\""));
    CHECK(complaint("0x10\n") == field("1: column 1", "0x10"));
    CHECK(complaint("+1\n") == field("1: column 1", "+1"));
    for (const std::string text : {"inf", "-inf", "nan", "-nan", "NaN", "INF", "infinity", "1e39", "-1e39"}) {
        CHECK(complaint("0,0,0\n1," + text + ",2\n") == field("2: column 2", text));
    }
}

TEST_CASE("read_csv: rows of different lengths are named by line", "[csv]") {
    CHECK(complaint("1,2,3\n4,5\n") == "FILE:2: has 2 columns, the first line has 3");
    CHECK(complaint("1,2\n3,4\n5,6,7\n") == "FILE:3: has 3 columns, the first line has 2");
    CHECK(complaint("1\n2\n3,4\n") == "FILE:3: has 2 columns, the first line has 1");
}

TEST_CASE("read_csv: every complaint is a std::runtime_error", "[csv]") {
    const TextFile file("1,nan\n");
    CHECK_THROWS_AS(read_csv(file.path()), std::runtime_error);
    CHECK_THROWS_AS(read_csv("/"), std::runtime_error);
}

TEST_CASE("read_csv: many rows", "[csv]") {
    std::string text;
    std::vector<float> values;
    for (int i = 0; i < 3000; ++i) {
        for (int j = 0; j < 17; ++j) {
            const int quarters = (i * 17 + j) * 7 % 4001 - 2000;
            values.push_back(static_cast<float>(quarters) / 4.0f);
            if (j > 0) text += ',';
            text += std::to_string(quarters / 4.0);
        }
        text += '\n';
    }
    check(text, 3000, 17, values);
}

TEST_CASE("read_csv: a number too small for a float is finite", "[csv]") { check("1e-60\n", 1, 1, {0.0f}); }

TEST_CASE("read_csv: a number beside the middle of two floats is rounded once", "[csv]") {
    // The middle of 1 and the next float, and 1e-32 more. Rounded to double first, it becomes the middle and then 1.
    check("1.00000005960464477539062500000001\n", 1, 1, {1.00000012f});
}
