// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// T-31, T-32: many nodes in one process, from one seed each.
//
//   KEPENG_SIM_SEEDS=5000 test_simulation       that many seeds
//   KEPENG_SIM_TWICE=500 test_simulation        that many seeds twice, to see that nothing but the seed decides
//   KEPENG_SIM_SEED=123 test_simulation         this one; with KEPENG_SIM_LOG=1 every event goes to stderr
#include <gtest/gtest.h>

#include <cstdlib>
#include <set>

#include "simulation.h"

namespace kepeng::simulation {
namespace {

params::NetworkParams regtest() {
  params::NetworkChoice choice;
  choice.network = params::Network::Regtest;
  return params::make_network(choice).value();
}

std::optional<std::uint64_t> number_from(const char* variable) {
  const char* text = std::getenv(variable);
  if (text == nullptr) return std::nullopt;
  return std::strtoull(text, nullptr, 10);
}

Outcome run(std::uint64_t seed, const params::NetworkParams& network) {
  return Simulation{seed, network}.run();
}

std::string report(std::uint64_t seed, const Outcome& outcome) {
  return "seed " + std::to_string(seed) + ": " + *outcome.failure + "\n" + outcome.last_lines +
         "Again, with everything that happens: KEPENG_SIM_LOG=1 KEPENG_SIM_SEED=" + std::to_string(seed) +
         " test_simulation --gtest_filter='*ManySeeds'\n";
}

TEST(Simulation, T31_T32_P25_ManySeeds) {
  const auto network = regtest();
  const auto single = number_from("KEPENG_SIM_SEED");
  const std::uint64_t first = single.value_or(1);
  const std::uint64_t seeds = single ? 1 : number_from("KEPENG_SIM_SEEDS").value_or(200);
  Outcome all;
  for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
    const Outcome outcome = run(seed, network);
    ASSERT_FALSE(outcome.failure) << report(seed, outcome);
    all.messages += outcome.messages;
    all.blocks += outcome.blocks;
    all.reorganisations += outcome.reorganisations;
    all.partings += outcome.partings;
    all.blamed += outcome.blamed;
    all.power_losses += outcome.power_losses;
  }
  RecordProperty("messages", std::to_string(all.messages));
  RecordProperty("blocks", std::to_string(all.blocks));
  RecordProperty("reorganisations", std::to_string(all.reorganisations));
  RecordProperty("partings", std::to_string(all.partings));
  RecordProperty("blamed", std::to_string(all.blamed));
  RecordProperty("power_losses", std::to_string(all.power_losses));
  // A world without trouble shows nothing.
  if (seeds < 100) return;
  EXPECT_GT(all.reorganisations, seeds);
  EXPECT_GT(all.power_losses, seeds / 2);
  EXPECT_GT(all.blamed, seeds / 4);
}

TEST(Simulation, TheSameSeedGivesTheSameEvents) {
  const auto network = regtest();
  const std::uint64_t seeds = number_from("KEPENG_SIM_TWICE").value_or(25);
  std::set<std::string> different;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const std::string journal = run(seed, network).journal_hash;
    EXPECT_EQ(run(seed, network).journal_hash, journal) << "seed " << seed;
    different.insert(journal);
  }
  EXPECT_EQ(different.size(), seeds);
}

}  // namespace
}  // namespace kepeng::simulation
