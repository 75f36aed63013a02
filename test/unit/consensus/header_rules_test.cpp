// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include <kepeng/consensus/constants.h>
#include <kepeng/consensus/difficulty.h>
#include <kepeng/consensus/rules.h>

#include "support/header_line.h"

namespace kepeng::consensus {
namespace {

using params::Network;
using params::NetworkParams;
using test::HeaderLine;

constexpr std::uint32_t kStart = 1'300'000'000;
constexpr UnixTime kNow{2'000'000'000};

NetworkParams network_of(Network which, params::NetworkChoice choice = {}) {
  choice.network = which;
  return params::make_network(choice).value();
}

// Blocks at 0 ... height, ten minutes apart.
HeaderLine steady_line(Height height, CompactTarget target, Height first = 0) {
  HeaderLine line{first};
  for (Height at = first; at <= height; ++at) {
    line.push(HeaderFacts{{}, 4, kStart + 600 * static_cast<std::uint32_t>(at - first), target});
  }
  return line;
}

struct Question {
  std::int32_t version = 4;
  std::int64_t time_after_parent = 600;
  std::optional<CompactTarget> target{};
};

std::string verdict_on(const HeaderLine& line, const NetworkParams& network, const Question& question,
                       UnixTime now = kNow) {
  BlockHeader header;
  header.version = question.version;
  header.time = static_cast<std::uint32_t>(line.at(line.height()).time + question.time_after_parent);
  header.target = question.target ? *question.target : next_target(line, header.time, network);
  const auto verdict = check_header({header, header.hash(), line, now, network});
  return verdict ? "" : verdict.error().reason();
}

constexpr Network kAll[] = {Network::Main, Network::Testnet3, Network::Testnet4, Network::Signet, Network::Regtest};
constexpr CompactTarget kMainLimit{0x1d00ffff};

TEST(HeaderRules, C082_B057_TheTargetMustBeExactlyTheExpectedOne) {
  for (const Network which : kAll) {
    const NetworkParams network = network_of(which);
    const CompactTarget old_target{compress(network.pow_limit >> 8).bits};
    const auto period = static_cast<Height>(network.retarget_interval());
    for (const Height parent : {period - 3, period - 2, period - 1, period}) {
      const HeaderLine line = steady_line(parent, old_target);
      const CompactTarget expected = next_target(line, line.at(parent).time + 600, network);
      EXPECT_EQ(verdict_on(line, network, {.target = expected}), "");
      for (const CompactTarget wrong :
           {CompactTarget{expected.bits - 1}, CompactTarget{expected.bits + 1}, CompactTarget{0},
            CompactTarget{expected.bits | 0x00800000}, CompactTarget{0x22010000}, CompactTarget{0x217fffff}}) {
        EXPECT_EQ(verdict_on(line, network, {.target = wrong}), "bad-diffbits") << std::hex << wrong.bits;
      }
    }
  }
}

// In units of a floating-point number, which has enough digits for a compact target's 23 bits.
double retargeted(CompactTarget old_target, std::int64_t seconds, double limit) {
  const double clamped = std::clamp(static_cast<double>(seconds), 302'400.0, 4'838'400.0);
  return std::min(expand(old_target).value.to_double() * clamped / 1'209'600.0, limit);
}

TEST(HeaderRules, C083_TheRetargetUsesTheClampedTimeOf2015Intervals) {
  const NetworkParams network = network_of(Network::Main);
  const double limit = network.pow_limit.to_double();
  std::mt19937_64 random{5};
  for (int i = 0; i < 2000; ++i) {
    const CompactTarget old_target{compress(network.pow_limit >> (random() % 100)).bits - 0x1234u};
    const auto seconds = static_cast<std::int64_t>(random() % 6'000'000) - 200'000;
    const HeaderFacts first{{}, 4, kStart, {}};
    const HeaderFacts last{{}, 4, static_cast<std::uint32_t>(kStart + seconds), old_target};
    const double value = expand(retarget(first, last, network)).value.to_double();
    const double wanted = retargeted(old_target, seconds, limit);
    ASSERT_LE(value, wanted * 1.000000001);
    ASSERT_GE(value, wanted * (1 - 1.0 / 32768)) << seconds;
  }
  // Edges of the clamp, a negative timespan, and the cap.
  const auto at = [&](std::int64_t seconds, CompactTarget target) {
    return retarget({{}, 4, kStart, {}}, {{}, 4, static_cast<std::uint32_t>(kStart + seconds), target}, network);
  };
  EXPECT_EQ(at(302'399, {0x1b0404cb}), at(302'400, {0x1b0404cb}));
  EXPECT_EQ(at(-1'000'000, {0x1b0404cb}), at(302'400, {0x1b0404cb}));
  EXPECT_NE(at(302'500, {0x1b0404cb}), at(302'400, {0x1b0404cb}));
  EXPECT_EQ(at(4'838'401, {0x1b0404cb}), at(4'838'400, {0x1b0404cb}));
  EXPECT_EQ(at(1'209'600, {0x1b0404cb}).bits, 0x1b0404cbu);
  EXPECT_EQ(at(2'000'000, kMainLimit), kMainLimit);
  // Of the whole line: 2,015 intervals, one block short of the period.
  const HeaderLine line = steady_line(2015, {0x1b0404cb});
  EXPECT_EQ(next_target(line, 0, network), at(2015 * 600, {0x1b0404cb}));
}

TEST(HeaderRules, C084_TheTwentyMinuteRuleOfTestnet3) {
  const NetworkParams network = network_of(Network::Testnet3);
  const CompactTarget hard{0x1b0404cb};
  HeaderLine line = steady_line(2013, hard);
  const auto next = [&](std::int64_t gap) {
    return next_target(line, static_cast<std::uint32_t>(line.at(line.height()).time + gap), network);
  };
  EXPECT_EQ(next(1200), hard);
  EXPECT_EQ(next(1201), kMainLimit);
  // After blocks of the easy kind the last regular target returns.
  line.push(HeaderFacts{{}, 4, line.at(2013).time + 1201, kMainLimit});
  EXPECT_EQ(next(1200), hard);
  EXPECT_EQ(next(1201), kMainLimit);
  line.push(HeaderFacts{{}, 4, line.at(2014).time + 1201, kMainLimit});
  // Height 2016: the ordinary rule, from the last block's own target, late or not.
  EXPECT_EQ(line.height(), 2015);
  EXPECT_EQ(next(600), next(5000));
  EXPECT_EQ(next(600), kMainLimit);
  // Height 2017: walks back to the start of the period and no further.
  line.push(HeaderFacts{{}, 4, line.at(2015).time + 600, kMainLimit});
  EXPECT_EQ(next(600), kMainLimit);
  line.edit(2016).target = {0x1c00ffff};
  line.push(HeaderFacts{{}, 4, line.at(2016).time + 1201, kMainLimit});
  EXPECT_EQ(next(600).bits, 0x1c00ffffu);
}

TEST(HeaderRules, C085_Testnet4RetargetsFromTheFirstBlockOfThePeriod) {
  const NetworkParams network = network_of(Network::Testnet4);
  HeaderLine line = steady_line(2015, {0x1c00ffff});
  line.edit(2015).target = kMainLimit;
  const CompactTarget next = next_target(line, line.at(2015).time + 5000, network);
  const double wanted = retargeted({0x1c00ffff}, 2015 * 600, network.pow_limit.to_double());
  EXPECT_NEAR(expand(next).value.to_double() / wanted, 1.0, 1e-4);
  // testnet3 takes the last block's: 0xffff * 2015 / 2016.
  EXPECT_EQ(next_target(line, line.at(2015).time + 600, network_of(Network::Testnet3)).bits, 0x1d00ffdeu);
}

TEST(HeaderRules, C085_NoTimewarpAtThePeriodStart) {
  for (const bool bip94 : {false, true}) {
    const NetworkParams network = network_of(Network::Regtest, {.enforce_bip94 = bip94});
    const HeaderLine at_start = steady_line(143, {0x207fffff});
    const HeaderLine off_start = steady_line(142, {0x207fffff});
    EXPECT_EQ(network.retarget_interval(), 144);
    EXPECT_EQ(verdict_on(at_start, network, {.time_after_parent = -600}), "");
    EXPECT_EQ(verdict_on(at_start, network, {.time_after_parent = -601}), bip94 ? "time-timewarp-attack" : "");
    EXPECT_EQ(verdict_on(off_start, network, {.time_after_parent = -601}), "");
  }
  const NetworkParams testnet4 = network_of(Network::Testnet4);
  const HeaderLine line = steady_line(2015, kMainLimit);
  EXPECT_EQ(verdict_on(line, testnet4, {.time_after_parent = -600}), "");
  EXPECT_EQ(verdict_on(line, testnet4, {.time_after_parent = -601}), "time-timewarp-attack");
  EXPECT_EQ(verdict_on(line, network_of(Network::Main), {.time_after_parent = -601}), "");
}

TEST(HeaderRules, C086_RegtestKeepsItsTargetButHasTheTwentyMinuteRule) {
  const NetworkParams network = network_of(Network::Regtest);
  HeaderLine line;
  line.push(HeaderFacts{{}, 4, kStart, {0x207fffff}});
  std::mt19937_64 random{11};
  for (int i = 0; i < 4032; ++i) {
    const auto time = static_cast<std::uint32_t>(line.at(line.height()).time + random() % 5000);
    const CompactTarget next = next_target(line, time, network);
    ASSERT_EQ(next.bits, 0x207fffffu) << i;
    line.push(HeaderFacts{{}, 4, time, next});
  }
  // From a harder target: late blocks may be easy, others take the last regular one; a period start keeps the last.
  HeaderLine hard = steady_line(100, {0x1f00ffff});
  EXPECT_EQ(next_target(hard, hard.at(100).time + 1200, network).bits, 0x1f00ffffu);
  EXPECT_EQ(next_target(hard, hard.at(100).time + 1201, network).bits, 0x207fffffu);
  HeaderLine start = steady_line(143, {0x1f00ffff});
  EXPECT_EQ(next_target(start, start.at(143).time + 5000, network).bits, 0x1f00ffffu);
}

TEST(HeaderRules, C087_B058_TimeMustPassTheMedianOfEleven) {
  const NetworkParams network = network_of(Network::Regtest);
  std::mt19937_64 random{13};
  HeaderLine line;
  std::vector<std::uint32_t> times;
  for (Height height = 0; height < 40; ++height) {
    times.push_back(kStart + static_cast<std::uint32_t>(random() % 7200));
    line.push(HeaderFacts{{}, 4, times.back(), {0x207fffff}});
    std::vector<std::uint32_t> last(times.end() - std::min<std::ptrdiff_t>(height + 1, 11), times.end());
    std::sort(last.begin(), last.end());
    const std::int64_t median = last[last.size() / 2];
    ASSERT_EQ(median_time_past(line, height).seconds, median);
    const std::int64_t to_median = median - times.back();
    EXPECT_EQ(verdict_on(line, network, {.time_after_parent = to_median, .target = CompactTarget{0x207fffff}}),
              "time-too-old");
    EXPECT_EQ(verdict_on(line, network, {.time_after_parent = to_median + 1, .target = CompactTarget{0x207fffff}}), "");
  }
  EXPECT_EQ(median_time_past(line, -1).seconds, 0);
}

TEST(HeaderRules, C088_B059_TwoHoursAheadIsRefusedForNow) {
  const NetworkParams network = network_of(Network::Regtest);
  const HeaderLine line = steady_line(20, {0x207fffff});
  const UnixTime header_time{static_cast<std::int64_t>(line.at(20).time) + 600};
  EXPECT_EQ(verdict_on(line, network, {}, {header_time.seconds - 7200}), "");
  EXPECT_EQ(verdict_on(line, network, {}, {header_time.seconds - 7201}), "time-too-new");
  EXPECT_EQ(condemns(BlockError::TimeTooNew), Condemns::Nothing);
}

TEST(HeaderRules, C079_TimesAreWidenedBeforeArithmetic) {
  const NetworkParams network = network_of(Network::Testnet3);
  HeaderLine line = steady_line(20, {0x1b0404cb});
  // The parent near the end of 32 bits: parent + 1,200 seconds does not wrap around.
  line.edit(20).time = 0xffffff00;
  EXPECT_EQ(next_target(line, 0xffffffff, network).bits, 0x1b0404cbu);
  BlockHeader header;
  header.version = 4;
  header.time = 0xffffffff;
  header.target = {0x1b0404cb};
  EXPECT_TRUE(check_header({header, header.hash(), line, {0xffffffffll - 7200}, network}).ok());
  EXPECT_FALSE(check_header({header, header.hash(), line, {0xffffffffll - 7201}, network}).ok());
}

struct VersionCase {
  Network network;
  params::Buried deployment;
  std::int32_t floor;
};

TEST(HeaderRules, C091_C092_B060_VersionFloors) {
  using params::Buried;
  const VersionCase cases[] = {{Network::Main, Buried::Bip34, 2},     {Network::Main, Buried::Bip66, 3},
                               {Network::Main, Buried::Bip65, 4},     {Network::Testnet3, Buried::Bip34, 2},
                               {Network::Testnet3, Buried::Bip66, 3}, {Network::Testnet3, Buried::Bip65, 4}};
  for (const VersionCase& row : cases) {
    const NetworkParams network = network_of(row.network);
    const Height active = network.buried_height(row.deployment);
    // Lines that end two and one below the height, long enough for the median.
    const HeaderLine before = steady_line(active - 2, kMainLimit, active - 2020);
    const HeaderLine at = steady_line(active - 1, kMainLimit, active - 2020);
    const auto verdict = [&](const HeaderLine& line, std::int32_t version) {
      return verdict_on(line, network, {.version = version});
    };
    EXPECT_EQ(verdict(before, row.floor - 1), "");
    char reason[40];
    std::snprintf(reason, sizeof reason, "bad-version(0x%08x)", static_cast<unsigned>(row.floor - 1));
    EXPECT_EQ(verdict(at, row.floor - 1), reason);
    EXPECT_EQ(verdict(at, row.floor), "");
    EXPECT_EQ(verdict(at, 0x7fffffff), "");
    EXPECT_EQ(verdict(at, -1), "bad-version(0xffffffff)");
    EXPECT_EQ(verdict(at, INT32_MIN), "bad-version(0x80000000)");
  }
  for (const Network which : {Network::Testnet4, Network::Signet, Network::Regtest}) {
    const NetworkParams network = network_of(which);
    const HeaderLine line = steady_line(0, compress(network.pow_limit));
    EXPECT_EQ(verdict_on(line, network, {.version = 3}), "bad-version(0x00000003)");
    EXPECT_EQ(verdict_on(line, network, {.version = 4}), "");
  }
  // Overrides of regtest.
  const NetworkParams moved =
      network_of(Network::Regtest, {.activation_heights = {"bip34@10", "dersig@20", "cltv@30"}});
  EXPECT_EQ(verdict_on(steady_line(8, {0x207fffff}), moved, {.version = 0}), "");
  EXPECT_EQ(verdict_on(steady_line(9, {0x207fffff}), moved, {.version = 1}), "bad-version(0x00000001)");
  EXPECT_EQ(verdict_on(steady_line(18, {0x207fffff}), moved, {.version = 2}), "");
  EXPECT_EQ(verdict_on(steady_line(19, {0x207fffff}), moved, {.version = 2}), "bad-version(0x00000002)");
  EXPECT_EQ(verdict_on(steady_line(28, {0x207fffff}), moved, {.version = 3}), "");
  EXPECT_EQ(verdict_on(steady_line(29, {0x207fffff}), moved, {.version = 3}), "bad-version(0x00000003)");
}

TEST(HeaderRules, C151_EveryVersionBitIsAccepted) {
  const NetworkParams network = network_of(Network::Main);
  const HeaderLine line = steady_line(500'000, kMainLimit, 498'000);
  for (int bit = 3; bit < 31; ++bit) {
    EXPECT_EQ(verdict_on(line, network, {.version = 0x20000000 | 1 << bit}), "") << bit;
  }
}

TEST(HeaderRules, C079_B056_ProofOfWorkIsJudgedAtTheEdge) {
  const NetworkParams network = network_of(Network::Main);
  const CompactTarget compact{0x1b0404cb};
  const Uint256 target = expand(compact).value;
  EXPECT_TRUE(check_proof_of_work({target.to_le_bytes()}, compact, network).ok());
  const auto above = check_proof_of_work({(target + Uint256{1}).to_le_bytes()}, compact, network);
  ASSERT_FALSE(above.ok());
  EXPECT_EQ(above.error().reason(), "high-hash");
  for (const CompactTarget wrong :
       {CompactTarget{0}, CompactTarget{0x1b8404cb}, CompactTarget{0x23000100}, CompactTarget{0x1d010000}}) {
    EXPECT_FALSE(check_proof_of_work({}, wrong, network).ok()) << std::hex << wrong.bits;
  }
}

TEST(HeaderRules, TheFirstBrokenRuleIsTheReason) {
  // Wrong target, too old, too new and a bad version at once: the order of the table.
  const NetworkParams network = network_of(Network::Regtest, {.enforce_bip94 = true});
  const HeaderLine line = steady_line(143, {0x207fffff});
  const UnixTime long_ago{kStart - 100'000};
  EXPECT_EQ(verdict_on(line, network, {1, -86'400, CompactTarget{1}}, long_ago), "bad-diffbits");
  EXPECT_EQ(verdict_on(line, network, {1, -86'400, {}}, long_ago), "time-too-old");
  EXPECT_EQ(verdict_on(line, network, {1, -601, {}}, long_ago), "time-timewarp-attack");
  EXPECT_EQ(verdict_on(line, network, {1, -600, {}}, long_ago), "time-too-new");
  EXPECT_EQ(verdict_on(line, network, {1, -600, {}}), "bad-version(0x00000001)");
}

}  // namespace
}  // namespace kepeng::consensus
