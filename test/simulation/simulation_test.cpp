// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// T-31, T-32: many nodes in one process, from one seed each.
//
//   KEPENG_SIM_SEEDS=5000 test_simulation       that many seeds
//   KEPENG_SIM_TWICE=500 test_simulation        that many seeds twice, to see that nothing but the seed decides
//   KEPENG_SIM_SEED=123 test_simulation         this one; with KEPENG_SIM_LOG=1 every event goes to stderr
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <future>
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

// Some worlds at once: each is a thread of its own that mostly waits for its engines, and only its seed decides.
constexpr std::uint64_t kAtOnce = 6;

template <class F>
auto for_seeds(std::uint64_t first, std::uint64_t count, F&& run_seed) {
  std::vector<std::future<std::invoke_result_t<F, std::uint64_t>>> running;
  std::vector<std::invoke_result_t<F, std::uint64_t>> done;
  for (std::uint64_t i = 0; i < count; ++i) {
    if (i >= kAtOnce) done.push_back(running[i - kAtOnce].get());
    running.push_back(std::async(std::launch::async, run_seed, first + i));
  }
  for (std::uint64_t i = done.size(); i < count; ++i) done.push_back(running[i].get());
  return done;
}

std::string report(std::uint64_t seed, const Outcome& outcome) {
  return "seed " + std::to_string(seed) + ": " + *outcome.failure + "\n" + outcome.last_lines +
         "Again, with everything that happens: KEPENG_SIM_LOG=1 KEPENG_SIM_SEED=" + std::to_string(seed) +
         " test_simulation --gtest_filter='*ManySeeds'\n";
}

void record(const Outcome& all) {
  const Node::Traffic& traffic = all.traffic;
  const std::pair<const char*, std::uint64_t> kCounts[] = {
      {"messages", all.messages},
      {"blocks", all.blocks},
      {"reorganisations", all.reorganisations},
      {"partings", all.partings},
      {"blamed", all.blamed},
      {"power_losses", all.power_losses},
      {"paid", traffic.paid},
      {"accepted", traffic.accepted},
      {"confirmed", traffic.confirmed},
      {"contradicted", traffic.contradicted},
      {"replaced", traffic.replaced},
      {"crowded_out", traffic.crowded_out},
      {"unsettled", traffic.unsettled},
      {"came_back", traffic.came_back},
      {"orphans", traffic.orphans},
      {"loaded", traffic.loaded},
  };
  std::string line;
  for (const auto& [name, count] : kCounts) {
    testing::Test::RecordProperty(name, std::to_string(count));
    line += std::string{name} + " " + std::to_string(count) + "  ";
  }
  std::puts(line.c_str());
}

TEST(Simulation, T31_T32_P25_ManySeeds) {
  const auto network = regtest();
  const auto single = number_from("KEPENG_SIM_SEED");
  const std::uint64_t first = single.value_or(1);
  const std::uint64_t seeds = single ? 1 : number_from("KEPENG_SIM_SEEDS").value_or(200);
  Outcome all;
  const auto outcomes = for_seeds(first, seeds, [&](std::uint64_t seed) { return run(seed, network); });
  for (std::uint64_t i = 0; i < seeds; ++i) {
    const Outcome& outcome = outcomes[i];
    ASSERT_FALSE(outcome.failure) << report(first + i, outcome);
    all.messages += outcome.messages;
    all.blocks += outcome.blocks;
    all.reorganisations += outcome.reorganisations;
    all.partings += outcome.partings;
    all.blamed += outcome.blamed;
    all.power_losses += outcome.power_losses;
    all.traffic += outcome.traffic;
  }
  record(all);
  // A world without trouble shows nothing.
  if (seeds < 100) return;
  EXPECT_GT(all.reorganisations, seeds);
  EXPECT_GT(all.power_losses, seeds / 2);
  EXPECT_GT(all.blamed, seeds / 4);
  EXPECT_GT(all.traffic.accepted, all.traffic.paid);
  EXPECT_GT(all.traffic.confirmed, all.traffic.paid);
  for (const std::size_t often : {all.traffic.contradicted, all.traffic.replaced, all.traffic.orphans}) {
    EXPECT_GT(often, seeds);
  }
  for (const std::size_t rare : {all.traffic.crowded_out, all.traffic.came_back, all.traffic.loaded}) {
    EXPECT_GT(rare, seeds / 25);
  }
}

TEST(Simulation, TheSameSeedGivesTheSameEvents) {
  const auto network = regtest();
  const std::uint64_t seeds = number_from("KEPENG_SIM_TWICE").value_or(25);
  std::set<std::string> different;
  const auto journals = for_seeds(1, seeds, [&](std::uint64_t seed) {
    return std::pair{run(seed, network).journal_hash, run(seed, network).journal_hash};
  });
  for (std::uint64_t i = 0; i < seeds; ++i) {
    EXPECT_EQ(journals[i].first, journals[i].second) << "seed " << i + 1;
    different.insert(journals[i].first);
  }
  EXPECT_EQ(different.size(), seeds);
}

}  // namespace
}  // namespace kepeng::simulation
