// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/io/npy.hpp>

#include <filesystem>
#include <fstream>
#include <string>

using namespace qtensor;

namespace {

struct File {
    std::string path = (std::filesystem::temp_directory_path() / "qtensor_npy_test").string();
    explicit File(const std::string& bytes) { std::ofstream(path, std::ios::binary) << bytes; }
    ~File() { std::filesystem::remove(path); }
};

/// A file of format 1.0.
std::string npy(const std::string& type, const std::string& shape, const std::string& data,
                const std::string& fortran = "False") {
    std::string heading = "{'descr': '" + type + "', 'fortran_order': " + fortran + ", 'shape': " + shape + ", }";
    while ((10 + heading.size() + 1) % 64 != 0) heading += ' ';
    heading += '\n';
    return std::string("\x93NUMPY\x01\x00", 8) + static_cast<char>(heading.size() & 255) +
           static_cast<char>(heading.size() >> 8) + heading + data;
}

Numbers read(const std::string& bytes) {
    const File file(bytes);
    return read_npy(file.path);
}

std::string complaint(const std::string& bytes) {
    const File file(bytes);
    try {
        read_npy(file.path);
    } catch (const std::runtime_error& error) {
        return std::string(error.what()).substr(file.path.size());
    }
    return "nothing was thrown";
}

}  // namespace

TEST_CASE("npy: types, byte orders and shapes") {
    const Numbers bytes = read(npy("|u1", "(2, 3)", std::string("\x00\x01\x02\x7f\x80\xff", 6)));
    CHECK(bytes.extents == std::vector<std::size_t>{2, 3});
    CHECK(bytes.values == std::vector<float>{0, 1, 2, 127, 128, 255});
    CHECK(read(npy("|i1", "(2,)", "\x7f\x80")).values == std::vector<float>{127, -128});
    CHECK(read(npy("<i2", "(2,)", std::string("\xfe\xff\x00\x80", 4))).values == std::vector<float>{-2, -32768});
    CHECK(read(npy(">i4", "(1,)", std::string("\xff\xff\xff\x00", 4))).values == std::vector<float>{-256});
    CHECK(read(npy("<u8", "(1,)", std::string(8, '\xff'))).values == std::vector<float>{18446744073709551616.0f});
    CHECK(read(npy("<i8", "(1,)", std::string(8, '\xff'))).values == std::vector<float>{-1});
    CHECK(read(npy("<f4", "(1,)", std::string("\x00\x00\x80\xbf", 4))).values == std::vector<float>{-1.0f});
    CHECK(read(npy(">f8", "()", std::string("\x40\x09\x21\xfb\x54\x44\x2d\x18", 8))).values ==
          std::vector<float>{3.14159274f});
    CHECK(read(npy("<f4", "(0, 4)", "")).values.empty());
    const Numbers turned = read(npy("|u1", "(2, 3)", std::string{0, 3, 1, 4, 2, 5}, "True"));
    CHECK(turned.values == std::vector<float>{0, 1, 2, 3, 4, 5});
    std::string second = npy("|u1", "(1,)", "a");
    second[6] = 2;
    second.insert(10, 2, '\0');  // four bytes of length from format 2 on
    CHECK(read(second).values == std::vector<float>{97});
}

TEST_CASE("npy: what is wrong with a file is said") {
    CHECK(complaint("") == ": is no .npy file, which begins with \\x93NUMPY");
    CHECK(complaint("PK\x03\x04 an npz") == ": is no .npy file, which begins with \\x93NUMPY");
    CHECK(complaint("\x93NUMPY") == ": ends inside its heading");
    std::string bad = npy("|u1", "(1,)", "a");
    CHECK(complaint(bad.substr(0, 40)) == ": ends inside its heading");
    bad[6] = 9;
    CHECK(complaint(bad) == ": has format version 9; 1 to 3 can be read");
    CHECK(complaint(npy("<f2", "(1,)", "ab")) ==
          ": holds numbers of type \"<f2\"; float32, float64 and integers of 8 to 64 bits can be read");
    CHECK(complaint(npy("|O", "(1,)", "ab")).find("holds numbers of type \"|O\"") != std::string::npos);
    CHECK(complaint(npy("<i3", "(1,)", "abc")).find("holds numbers of type") != std::string::npos);
    CHECK(complaint(npy("?i4", "(1,)", "abcd")) == ": names no byte order");
    CHECK(complaint(npy("|u1", "(3,)", "ab")) == ": has 2 bytes of numbers, its shape makes 3 of 1");
    CHECK(complaint(npy("<i2", "(1,)", "abc")) == ": has 3 bytes of numbers, its shape makes 1 of 2");
    CHECK(complaint(npy("|u1", "(4294967296, 4294967296)", "a")) == ": has more elements than can be counted");
    CHECK(complaint(npy("|u1", "(-1,)", "a")) == ": has a shape with \"-1,\" in it");
    CHECK(complaint(npy("|u1", "7", "a")) == ": has no shape");
    CHECK(complaint(npy("<f4", "(1,)", std::string("\x00\x00\xc0\x7f", 4))) == ": holds nan, which is no finite float");
    CHECK(complaint(npy("<f8", "(1,)", std::string("\x00\x00\x00\x00\x00\x00\xf0\x7f", 8))) ==
          ": holds inf, which is no finite float");
    std::string records = npy("|u1", "(1,)", "a");
    records.replace(records.find("'|u1'"), 5, "[    ");
    CHECK(complaint(records) == ": holds records or names no type");
    std::string nameless = npy("|u1", "(1,)", "a");
    nameless.replace(nameless.find("'shape'"), 7, "'Shape'");
    CHECK(complaint(nameless) == ": has no 'shape' in its heading");
    std::string said;
    try {
        read_npy("no/such/file");
    } catch (const std::runtime_error& error) {
        said = error.what();
    }
    CHECK(said == "no/such/file: cannot be opened for reading");
}
