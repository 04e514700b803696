// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/io/idx.hpp>

#include <filesystem>
#include <fstream>
#include <string>

using namespace qtensor;

namespace {

/// A file of these bytes that lives as long as this does.
struct File {
    std::string path = (std::filesystem::temp_directory_path() / "qtensor_idx_test").string();
    explicit File(const std::string& bytes) { std::ofstream(path, std::ios::binary) << bytes; }
    ~File() { std::filesystem::remove(path); }
};

std::string complaint(const std::string& bytes) {
    const File file(bytes);
    try {
        read_idx(file.path);
    } catch (const std::runtime_error& error) {
        return std::string(error.what()).substr(file.path.size());
    }
    return "nothing was thrown";
}

std::string heading(char type, const std::string& extents) {
    return std::string{0, 0, type, static_cast<char>(extents.size() / 4)} + extents;
}

}  // namespace

TEST_CASE("idx: images and labels") {
    const File images(heading(8, std::string{0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3}) +
                      std::string("\x00\x7f\x80\xff\x01\x02", 6));
    const Bytes read = read_idx(images.path);
    CHECK(read.extents == std::vector<std::size_t>{2, 1, 3});
    CHECK(read.values == std::vector<std::uint8_t>{0, 127, 128, 255, 1, 2});
}

TEST_CASE("idx: extents are read most significant byte first") {
    const File file(heading(8, std::string{0, 0, 1, 2}) + std::string(258, '\x05'));
    CHECK(read_idx(file.path).extents == std::vector<std::size_t>{258});
}

TEST_CASE("idx: what is wrong with a file is said") {
    CHECK(complaint("") == ": ends inside the heading of an idx file");
    CHECK(complaint(std::string("\x1f\x8b\x08\x00", 4)) == ": is compressed: unpack it first, gunzip");
    CHECK(complaint("\x89PNG") == ": is no idx file, which begins with two zeros");
    CHECK(complaint(heading(0x0d, std::string{0, 0, 0, 1}) + "....") ==
          ": holds numbers of type 13; unsigned bytes, type 8, can be read");
    CHECK(complaint(heading(8, "")) == ": has no axis");
    CHECK(complaint(heading(8, std::string{0, 0, 0, 1}).substr(0, 6)) == ": ends inside the heading of an idx file");
    CHECK(complaint(heading(8, std::string{0, 0, 0, 0})) == ": axis 0 has extent 0, which no file can hold");
    const std::string most(4, '\xff');
    CHECK(complaint(heading(8, most + most + most)) == ": axis 2 has extent 4294967295, which no file can hold");
    CHECK(complaint(heading(8, most)) == ": its extents make 4294967295 bytes, but 0 follow");
    CHECK(complaint(heading(8, std::string{0, 0, 0, 2}) + "a") == ": its extents make 2 bytes, but 1 follow");
    CHECK(complaint(heading(8, std::string{0, 0, 0, 2}) + "abc") == ": its extents make 2 bytes, but 3 follow");
    std::string said;
    try {
        read_idx("no/such/file");
    } catch (const std::runtime_error& error) {
        said = error.what();
    }
    CHECK(said == "no/such/file: cannot be opened for reading");
}
