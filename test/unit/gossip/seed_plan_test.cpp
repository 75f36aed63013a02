// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include <kepeng/gossip/seed_plan.h>

namespace kepeng::gossip {
namespace {

using Names = std::vector<std::string>;

const Names kSeeds{"a.seed.", "b.seed.", "c.seed.", "d.seed.", "e.seed."};

class SeedPlanTest : public testing::Test {
 protected:
  SeedPlan plan(SeedPlan::Options options) { return SeedPlan{std::move(options), random_}; }
  static Moment at(std::int64_t milliseconds) { return {1'000'000 + milliseconds}; }
  // When each question was asked, within ten minutes.
  struct Asked {
    std::int64_t at_ms;
    SeedPlan::Step step;
  };
  static std::vector<Asked> run(SeedPlan& plan, const SeedPlan::View& view) {
    std::vector<Asked> asked;
    for (std::int64_t ms = 0; ms <= 600'000; ms += 500) {
      auto step = plan.next(view, at(ms));
      if (!step.is_empty()) asked.push_back({ms, std::move(step)});
    }
    return asked;
  }
  static wire::AddressEntry fixed() { return {1, 9, *wire::parse_endpoint("93.184.216.34", 8333)}; }

  Prng random_{1};
};

TEST_F(SeedPlanTest, P24_WhoKnowsNobodyAsksThreeAtATime) {
  SeedPlan seeds = plan({.dns_seeds = kSeeds});
  const auto asked = run(seeds, {});
  ASSERT_EQ(asked.size(), 2u);
  EXPECT_EQ(asked[0].at_ms, 0);
  EXPECT_EQ(asked[0].step.look_up.size(), 3u);
  EXPECT_EQ(asked[1].at_ms, 11'000);
  EXPECT_EQ(asked[1].step.look_up.size(), 2u);
  std::set<std::string> names(asked[0].step.look_up.begin(), asked[0].step.look_up.end());
  names.insert(asked[1].step.look_up.begin(), asked[1].step.look_up.end());
  EXPECT_EQ(names, (std::set<std::string>{"x9.a.seed.", "x9.b.seed.", "x9.c.seed.", "x9.d.seed.", "x9.e.seed."}));
  EXPECT_TRUE(seeds.is_done());
}

TEST_F(SeedPlanTest, P24_WhoKnowsAddressesTriesThoseFirst) {
  SeedPlan few = plan({.dns_seeds = kSeeds});
  EXPECT_EQ(run(few, {.addresses = 5}).at(0).at_ms, 11'000);
  SeedPlan many = plan({.dns_seeds = kSeeds});
  EXPECT_EQ(run(many, {.addresses = 1000}).at(0).at_ms, 300'000);
}

TEST_F(SeedPlanTest, P24_TwoConnectionsAreEnough) {
  SeedPlan one = plan({.dns_seeds = kSeeds});
  EXPECT_FALSE(run(one, {.connections = 1, .addresses = 5}).empty());
  SeedPlan two = plan({.dns_seeds = kSeeds});
  EXPECT_TRUE(run(two, {.connections = 2, .addresses = 5}).empty());
  EXPECT_TRUE(two.is_done());
  // They come about between two questions.
  SeedPlan later = plan({.dns_seeds = kSeeds});
  EXPECT_EQ(later.next({}, at(0)).look_up.size(), 3u);
  EXPECT_TRUE(run(later, {.connections = 2, .addresses = 5}).empty());
}

TEST_F(SeedPlanTest, ForcedOrOffOrThroughAProxy) {
  SeedPlan always = plan({.dns_seeds = kSeeds, .dns = SeedPlan::Dns::Always});
  EXPECT_EQ(always.next({.connections = 8, .addresses = 5000}, at(0)).look_up.size(), 5u);
  EXPECT_TRUE(always.next({}, at(1)).is_empty());
  SeedPlan off = plan({.dns_seeds = kSeeds, .dns = SeedPlan::Dns::Off});
  EXPECT_TRUE(run(off, {}).empty());
  SeedPlan proxied = plan({.dns_seeds = kSeeds, .names = SeedPlan::Names::Connect});
  const auto step = proxied.next({}, at(0));
  EXPECT_TRUE(step.look_up.empty());
  ASSERT_EQ(step.fetch_from.size(), 3u);
  for (const std::string& name : step.fetch_from) EXPECT_NE(std::ranges::find(kSeeds, name), kSeeds.end());
}

TEST_F(SeedPlanTest, TheOperatorsNodesComeFirst) {
  SeedPlan both = plan({.dns_seeds = kSeeds, .seed_nodes = {"one", "two"}});
  const auto asked = run(both, {});
  ASSERT_EQ(asked.size(), 4u);
  EXPECT_EQ(asked[0].at_ms, 0);
  EXPECT_EQ(asked[0].step.fetch_from.size(), 1u);
  EXPECT_EQ(asked[1].at_ms, 10'000);
  EXPECT_EQ(asked[1].step.fetch_from.size(), 1u);
  EXPECT_EQ(asked[2].at_ms, 30'000);
  EXPECT_EQ(asked[2].step.look_up.size(), 3u);
  // With connections they are spared, and asked again when those are gone.
  SeedPlan spared = plan({.seed_nodes = {"one"}});
  EXPECT_TRUE(run(spared, {.connections = 2}).empty());
  EXPECT_EQ(spared.next({}, at(700'000)).fetch_from, Names{"one"});
}

TEST_F(SeedPlanTest, P24_BuiltInAddressesComeLast) {
  SeedPlan last = plan({.dns_seeds = kSeeds, .fixed = {fixed()}});
  const auto asked = run(last, {});
  EXPECT_EQ(asked.back().at_ms, 60'000);
  EXPECT_EQ(asked.back().step.add.size(), 1u);
  SeedPlan found = plan({.dns_seeds = kSeeds, .fixed = {fixed()}});
  for (const auto& one : run(found, {.addresses = 3})) EXPECT_TRUE(one.step.add.empty());
  SeedPlan alone = plan({.dns = SeedPlan::Dns::Off, .fixed = {fixed()}});
  EXPECT_EQ(alone.next({}, at(0)).add.size(), 1u);
}

TEST_F(SeedPlanTest, B044_AnswersAreBoundedAndFiltered) {
  SeedPlan seeds = plan({.dns_seeds = kSeeds});
  const UnixTime now{1'700'000'000};
  Names many;
  for (int i = 0; i < 10'000; ++i) many.push_back("93." + std::to_string(i / 256) + ".1." + std::to_string(i % 256));
  const auto entries = seeds.entries_from(many, 8333, now);
  EXPECT_EQ(entries.size(), 32u);
  for (const auto& entry : entries) {
    EXPECT_EQ(entry.endpoint.port, 8333);
    EXPECT_EQ(entry.services, 9u);
    EXPECT_LE(entry.last_seen, now.seconds - 3 * 86'400);
    EXPECT_GE(entry.last_seen, now.seconds - 7 * 86'400);
  }
  EXPECT_TRUE(seeds.entries_from({}, 8333, now).empty());
  EXPECT_TRUE(
      seeds.entries_from({"127.0.0.1", "10.0.0.1", "192.168.0.1", "::1", "fe80::1", "fd00::1", "name", ""}, 8333, now)
          .empty());
  // Nobody ever connects to what stands for a seed.
  EXPECT_FALSE(SeedPlan::source_of("a.seed.").is_valid());
  EXPECT_NE(SeedPlan::source_of("a.seed."), SeedPlan::source_of("b.seed."));
}

}  // namespace
}  // namespace kepeng::gossip
