// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// No rule may depend on the host. This test proves that the pure modules do not name what differs between hosts: types
// of unfixed size, floating point (but for the few figures that are shown), clocks, locales and the parsers that follow
// them; and that what their public types store has a fixed size. That the rules give the same verdicts where size_t has
// 32 bits is shown by running the vector sets there: contrib/devtools/test-32bit. Big-endian hosts are refused when
// compiling (base/bytes.h).

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include <kepeng/consensus/constants.h>
#include <kepeng/consensus/rules.h>

#include "support/vectors.h"

namespace kepeng::consensus {
namespace {

std::string without_comments_and_texts(const std::filesystem::path& path) {
  std::ifstream file{path};
  std::ostringstream all;
  all << file.rdbuf();
  static const std::regex kNoise{R"(//[^\n]*|"(\\.|[^"\\\n])*"|#include[^\n]*)"};
  return std::regex_replace(all.str(), kNoise, "");
}

std::vector<std::filesystem::path> files_below(const std::string& directory) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator{test::source_path(directory)}) {
    const auto extension = entry.path().extension();
    if (extension == ".h" || extension == ".cpp") files.push_back(entry.path());
  }
  return files;
}

// Where floating point is shown to people or estimates, never judged by.
bool may_use_double(const std::string& name) {
  return name == "uint256.h" || name == "uint256.cpp" || name == "target.h" || name == "target.cpp" ||
         name == "network.h";
}

TEST(HostTypes, C080_PureModulesNameNothingThatDiffersBetweenHosts) {
  const std::regex kBanned{
      R"(\b(long|short|wchar_t|time_t|clock_t|time_point|system_clock|steady_clock|float|locale|setlocale|)"
      R"(strto\w+|ato[ifl]+|stoi|stol|stoll|stoul|stoull|stod|isdigit|isalpha|isspace|tolower|toupper|)"
      R"(sscanf|gettimeofday|localtime|mktime)\b)"};
  const std::regex kDouble{R"(\bdouble\b)"};
  unsigned files = 0;
  for (const char* module : {"primitives", "script", "consensus"}) {
    for (const std::string& root : {std::string{"include/kepeng/"}, std::string{"src/"}}) {
      for (const auto& path : files_below(root + module)) {
        const std::string text = without_comments_and_texts(path);
        std::smatch found;
        EXPECT_FALSE(std::regex_search(text, found, kBanned)) << path << ": " << found.str();
        EXPECT_TRUE(may_use_double(path.filename()) || !std::regex_search(text, kDouble)) << path;
        ++files;
      }
    }
  }
  EXPECT_GT(files, 70u);
}

static_assert(sizeof(int) == 4 && sizeof(unsigned) == 4);

// A member that holds a count, an index or an amount. Positions in memory and lengths of items there are the host's.
TEST(HostTypes, C080_PublicTypesStoreFixedSizes) {
  const std::regex kMember{
      R"(\n  (mutable )?(const )?(std::size_t|std::ptrdiff_t|std::intptr_t|std::uintptr_t) (\w+)_?( = [^;()]*)?;)"};
  const std::set<std::string> kPositions{"encoding.h: at", "script_reader.h: at", "script_number.h: max_size"};
  std::vector<std::string> unfixed;
  unsigned headers = 0;
  for (const char* module : {"primitives", "script", "consensus"}) {
    for (const auto& path : files_below(std::string{"include/kepeng/"} + module)) {
      const std::string text = without_comments_and_texts(path);
      for (auto at = std::sregex_iterator{text.begin(), text.end(), kMember}; at != std::sregex_iterator{}; ++at) {
        std::string name = (*at)[4].str();
        while (name.ends_with('_')) name.pop_back();
        const std::string where = path.filename().string() + ": " + name;
        if (!kPositions.contains(where)) unfixed.push_back(where);
      }
      ++headers;
    }
  }
  EXPECT_GT(headers, 30u);
  EXPECT_EQ(unfixed, std::vector<std::string>{});
}

// Sizes near 2^32 do not wrap: CVE-2025-46597 was a block's size multiplied in 32 bits.
TEST(HostTypes, C080_SizesAreMultipliedIn64Bits) {
  static_assert(sizeof(std::declval<Transaction>().weight()) == 8);
  static_assert(sizeof(std::declval<Block>().weight()) == 8);
  static_assert(sizeof(std::declval<Resolver>().sigops_cost()) == 8);
  static_assert(sizeof(kMaxBlockWeight) == 8 && sizeof(kWitnessScale) == 8);
  Transaction tx;
  tx.stripped_size = UINT32_MAX;
  EXPECT_EQ(tx.weight(), 3ull * UINT32_MAX);
  EXPECT_EQ(check_transaction(tx).error(), TxError::NoInputs);
  const TxIn input;
  const TxOut output;
  tx.inputs = {&input, 1};
  tx.outputs = {&output, 1};
  // Four times each of these is small modulo 2^32.
  for (const std::uint32_t size : {1u << 30, 2u << 30, 3u << 30, (1u << 30) + 1, UINT32_MAX}) {
    tx.stripped_size = size;
    ASSERT_FALSE(check_transaction(tx).ok()) << size;
    EXPECT_EQ(check_transaction(tx).error(), TxError::TooLarge) << size;
  }
}

}  // namespace
}  // namespace kepeng::consensus
