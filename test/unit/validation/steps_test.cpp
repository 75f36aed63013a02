// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// The recorded steps of a chain that meets almost every block rule from both sides: after each, tip, height and reject
// reason are those of the reference node.
#include <kepeng/base/hex.h>

#include "support/engine_node.h"
#include "support/vectors.h"

namespace kepeng::validation {
namespace {

constexpr std::int64_t kClock = 1795320278;

struct Setting {
  const char* name;
  int script_threads;
  std::uint64_t cache_bytes;
};

class Steps : public testing::TestWithParam<Setting> {};

// What submitblock would answer for the block; empty for nothing to say.
std::string submit(Engine& engine, const std::string& hex, bool& decodes) {
  auto block = parse_block(test::unhex(hex));
  decodes = block.ok();
  if (!block) return "";
  const auto outcome = engine.submit(std::move(block).value());
  EXPECT_TRUE(outcome.ok());
  if (!outcome->rejection) return "";
  return outcome->rejection->reason();
}

TEST_P(Steps, EndAsTheReferenceDoes) {
  KEPENG_NEED_VECTORS();
  params::NetworkChoice choice;
  choice.network = params::Network::Regtest;
  choice.activation_heights = {"bip34@2"};
  Node node{choice};
  node.clock.mock({kClock});
  node.options.script_threads = GetParam().script_threads;
  node.options.cache_bytes = GetParam().cache_bytes;
  auto engine = node.open();
  std::size_t steps = 0;
  std::size_t blocks = 0;
  for (const std::string& line : test::read_shared_xz_lines("vectors/blocks/full_block_steps.jsonl.xz")) {
    const auto step = test::parse_json(line);
    const std::string name = step["name"].GetString();
    std::string last_reason;
    std::string last_hash;
    bool decodes = true;
    for (const auto& block : step["blocks"].GetArray()) {
      last_hash = block["hash"].GetString();
      last_reason = submit(*engine, block["hex"].GetString(), decodes);
      ++blocks;
    }
    ++steps;
    EXPECT_EQ(engine->view()->tip()->hash.to_string(), step["tip"].GetString()) << name;
    EXPECT_EQ(engine->view()->height(), step["height"].GetInt()) << name;
    EXPECT_EQ(!decodes, step.HasMember("undecodable") && step["undecodable"].IsTrue()) << name;
    if (!step["reject"].IsString()) continue;
    const std::string expected = step["reject"].GetString();
    if (step.HasMember("rejected_block") && step["rejected_block"].IsString()) {
      // The reason is that of the parent, which was judged only now.
      const chain::Entry* entry = engine->find(*BlockHash::from_string(last_hash));
      ASSERT_NE(entry, nullptr) << name;
      EXPECT_EQ(last_reason, "") << name;
      const auto reason = engine->rejection_of(entry->parent->hash);
      last_reason = reason ? reason->reason() : "";
    }
    EXPECT_NE(last_reason.find(expected), std::string::npos) << name << ": " << last_reason << " is not " << expected;
    EXPECT_FALSE(engine->fault()) << name;
  }
  EXPECT_EQ(steps, 123u);
  EXPECT_EQ(blocks, 226u);
}

INSTANTIATE_TEST_SUITE_P(Settings, Steps,
                         testing::Values(Setting{"one_thread", 1, 450u << 20}, Setting{"many_threads", 4, 450u << 20},
                                         Setting{"tiny_cache", 2, 1u << 18}),
                         [](const auto& setting) { return std::string{setting.param.name}; });

}  // namespace
}  // namespace kepeng::validation
