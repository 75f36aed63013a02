// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// doc/consensus.md is the rule tables as text. This test writes it when KEPENG_WRITE_DOCS is set, and otherwise fails
// when the file says anything else than the tables.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include <kepeng/consensus/rules.h>

#include "support/vectors.h"

namespace kepeng::consensus {
namespace {

template <class Rules>
void append_table(std::ostringstream& text, const char* title, const char* when, const Rules& rules) {
  text << "\n## " << title << "\n\n" << when << "\n\n| rule | MUST | source |\n| --- | --- | --- |\n";
  for (const auto& rule : rules) text << "| `" << rule.id << "` | " << rule.must << " | " << rule.source << " |\n";
}

std::string document() {
  std::ostringstream text;
  text
      << "# The consensus rules\n\nGenerated from the tables behind `include/kepeng/consensus/rules.h`. The rules of a "
         "table are judged from top to\nbottom; the first verdict stands.\n";
  append_table(text, "Headers", "With the line of ancestors; proof of work comes first.", header_rules());
  append_table(text, "Transactions by themselves", "Without the coins they spend.", transaction_rules());
  append_table(text, "Blocks by themselves",
               "Without their place in the chain. Last: four times the legacy signature operations MUST NOT be over "
               "80,000.",
               block_rules());
  append_table(text, "Blocks at their place", "With the line of ancestors.", place_rules());
  append_table(text, "Spending",
               "For each transaction but the coinbase, with its coins: they MUST exist; then these; then BIP68 lock "
               "times, the\nsignature operations of the block (80,000 weighted at most), and in the end the coinbase "
               "MUST NOT claim more than\nsubsidy and fees. Before all: BIP30. After all: every script MUST hold.",
               spend_rules());
  text << "\n## Reject reasons\n\nWhat `submitblock` answers, and what the verdict condemns.\n\n| reason | condemns "
          "|\n| "
          "--- | --- |\n";
  constexpr const char* kCondemned[] = {"the hash", "this body only", "nothing for good"};
  for (int i = 0; i < static_cast<int>(BlockError::Transaction); ++i) {
    const auto error = static_cast<BlockError>(i);
    text << "| `" << reject_reason(error) << "` | " << kCondemned[static_cast<int>(condemns(error))] << " |\n";
  }
  for (int i = 0; i <= static_cast<int>(TxError::NotFinal); ++i) {
    text << "| `" << reject_reason(static_cast<TxError>(i)) << "` | the hash |\n";
  }
  text << "| `" << reject_reason(BlockError::Script) << " (...)` | the hash |\n";
  return text.str();
}

TEST(Document, SaysWhatTheTablesSay) {
  const std::string path = test::source_path("doc/consensus.md");
  if (std::getenv("KEPENG_WRITE_DOCS") != nullptr) std::ofstream{path} << document();
  std::ifstream file{path};
  std::ostringstream written;
  written << file.rdbuf();
  EXPECT_EQ(written.str(), document()) << "run this test with KEPENG_WRITE_DOCS=1";
}

TEST(Document, EveryRuleHasItsOwnIdAndSentence) {
  std::set<std::string_view> ids;
  std::size_t count = 0;
  const auto look = [&](const auto& rules) {
    for (const auto& rule : rules) {
      ids.insert(rule.id);
      ++count;
      EXPECT_NE(rule.must.find("MUST"), std::string_view::npos) << rule.id;
      EXPECT_FALSE(rule.source.empty()) << rule.id;
    }
  };
  look(header_rules());
  look(transaction_rules());
  look(block_rules());
  look(place_rules());
  look(spend_rules());
  EXPECT_EQ(ids.size(), count);
}

}  // namespace
}  // namespace kepeng::consensus
