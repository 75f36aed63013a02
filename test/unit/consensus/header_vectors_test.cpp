// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Real headers: links, proof of work, targets, total work, and the tables that others computed from the same chain.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include <kepeng/consensus/difficulty.h>
#include <kepeng/consensus/rules.h>

#include "support/header_line.h"
#include "support/vectors.h"

namespace kepeng::consensus {
namespace {

using params::Network;
using params::NetworkParams;
using test::HeaderLine;

constexpr UnixTime kFarFuture{INT64_MAX / 2};

NetworkParams network_of(Network which) {
  return params::make_network({.network = which}).value();
}

BlockHeader header_of(const std::string& hex) {
  const Bytes raw = test::unhex(hex);
  KP_ASSERT(raw.size() == BlockHeader::kSize);
  return BlockHeader::decode(raw.data());
}

struct HeaderRun {
  Network network;
  const char* name;
  Height first;
  Height last;
  const char* last_hash;  // null: no anchor in the manifest
};

constexpr HeaderRun kRuns[] = {
    {Network::Main, "main", 0, 10236, "000000004f74d42205b9d7ae1cb5c1591e723894a71358fce73b7e0919628161"},
    {Network::Main, "main", 300000, 300499, nullptr},
    {Network::Main, "main", 586657, 589289, nullptr},
    {Network::Main, "main", 665280, 665407, nullptr},
    {Network::Main, "main", 741793, 741990, nullptr},
    {Network::Main, "main", 822528, 830592, nullptr},
    {Network::Testnet3, "testnet3", 0, 25000, nullptr},
    {Network::Testnet4, "testnet4", 0, 100, nullptr},
    {Network::Signet, "signet", 0, 2015, nullptr},
};

std::vector<BlockHeader> read_run(const HeaderRun& run) {
  const std::string file = std::string{"chain/headers/"} + run.name + "_" + std::to_string(run.first) + "_" +
                           std::to_string(run.last) + ".bin";
  return test::split_headers(test::read_shared(file));
}

// The anchors of checkpoints and retarget tables, by height.
std::map<Height, BlockHash> anchors_of(Network network) {
  std::map<Height, BlockHash> anchors;
  const auto add_csv = [&](const std::string& file) {
    for (const auto& row : test::read_shared_csv(file)) {
      if (row[0] != "height") anchors[std::stoi(row[0])] = header_of(row[1]).hash();
    }
  };
  const auto add_electrum = [&](const std::string& file) {
    const auto list = test::read_shared_json(file);
    for (const auto& row : list.GetArray()) {
      anchors[row["last_height"].GetInt()] = *BlockHash::from_string(row["last_hash"].GetString());
    }
  };
  if (network == Network::Main) {
    add_csv("chain/checkpoints/bitcoinj_main.csv");
    add_csv("chain/retarget/main_0_603791.csv");
    add_electrum("chain/checkpoints/electrum_mainnet.json");
  } else if (network == Network::Testnet3) {
    add_csv("chain/checkpoints/bitcoinj_testnet3.csv");
    add_electrum("chain/checkpoints/electrum_testnet.json");
  } else if (network == Network::Signet) {
    add_csv("chain/checkpoints/bitcoinj_signet.csv");
    add_electrum("chain/checkpoints/electrum_signet.json");
  }
  return anchors;
}

// Can the target of the header at `height` be computed from a line that begins at `first`?
bool target_is_known(const NetworkParams& network, Height first, Height height) {
  if (first == 0) return true;
  return height % network.retarget_interval() != 0 || height - network.retarget_interval() >= first;
}

TEST(HeaderVectors, C126_EveryRunObeysEveryHeaderRule) {
  KEPENG_NEED_VECTORS();
  std::size_t headers = 0;
  std::size_t judged_whole = 0;
  std::size_t anchors_met = 0;
  for (const HeaderRun& run : kRuns) {
    const NetworkParams network = network_of(run.network);
    const auto anchors = anchors_of(run.network);
    const auto list = read_run(run);
    ASSERT_EQ(list.size(), static_cast<std::size_t>(run.last - run.first + 1));
    HeaderLine line{run.first};
    for (const BlockHeader& header : list) {
      const BlockHash hash = header.hash();
      const Height height = line.height() + 1;
      ASSERT_TRUE(check_proof_of_work(hash, header.target, network).ok()) << run.name << height;
      if (height == 0) {
        ASSERT_EQ(hash, network.genesis->hash());
      } else if (height > run.first) {
        ASSERT_EQ(header.previous, line.at(height - 1).hash) << run.name << height;
      }
      // All rules, as soon as the line reaches back far enough for them.
      if (height > run.first && (run.first == 0 || height - run.first >= 11) &&
          target_is_known(network, run.first, height)) {
        const auto verdict = check_header({header, hash, line, kFarFuture, network});
        ASSERT_TRUE(verdict.ok()) << run.name << height << " " << verdict.error().reason();
        ++judged_whole;
      }
      const auto anchor = anchors.find(height);
      if (anchor != anchors.end()) {
        ASSERT_EQ(hash, anchor->second) << run.name << height;
        ++anchors_met;
      }
      line.push(header);
      ++headers;
    }
    if (run.last_hash != nullptr) {
      EXPECT_EQ(line.at(run.last).hash.to_string(), run.last_hash);
    }
  }
  EXPECT_EQ(headers, 48'879u);
  EXPECT_GT(judged_whole, 48'000u);
  EXPECT_GT(anchors_met, 30u);
}

TEST(HeaderVectors, C083_C089_MainRetargetsAndTotalWork) {
  KEPENG_NEED_VECTORS();
  const NetworkParams network = network_of(Network::Main);
  const auto rows = test::read_shared_csv("chain/retarget/main_0_603791.csv");
  std::map<Height, BlockHeader> headers;
  std::map<Height, Work> works;
  for (const auto& row : rows) {
    if (row[0] == "height") continue;
    headers[std::stoi(row[0])] = header_of(row[1]);
    works[std::stoi(row[0])] = *Uint256::from_string(row[2]);
  }
  int retargets = 0;
  int changes = 0;
  for (const auto& [height, header] : headers) {
    EXPECT_TRUE(check_proof_of_work(header.hash(), header.target, network).ok()) << height;
    if (height == 0) {
      EXPECT_EQ(works[0], work_of(header.target));
      continue;
    }
    const Work one = work_of(header.target);
    if (height % 2016 != 0) {
      // The last of its period (or of the table): blocks of one target after the first.
      const Height start = height / 2016 * 2016;
      EXPECT_EQ(works[height], works[start] + one * static_cast<std::uint64_t>(height - start)) << height;
      EXPECT_EQ(header.target, headers[start].target);
      continue;
    }
    EXPECT_EQ(works[height], works[height - 1] + one) << height;
    EXPECT_EQ(header.previous, headers[height - 1].hash());
    const auto facts = [&](Height at) {
      return HeaderFacts{headers[at].hash(), headers[at].version, headers[at].time, headers[at].target};
    };
    EXPECT_EQ(retarget(facts(height - 2016), facts(height - 1), network), header.target) << height;
    EXPECT_TRUE(is_permitted_transition(network, height, headers[height - 1].target, header.target));
    ++retargets;
    changes += header.target != headers[height - 1].target ? 1 : 0;
  }
  EXPECT_EQ(headers.size(), rows.size() - 1);
  EXPECT_EQ(headers.size(), 599u);
  EXPECT_EQ(retargets, 299);
  EXPECT_GT(changes, 280);
}

TEST(HeaderVectors, C083_C087_HeadersInTheirContext) {
  KEPENG_NEED_VECTORS();
  const auto cases = test::read_shared_json("chain/retarget/header_context.json");
  int count = 0;
  int new_periods = 0;
  for (const auto& json : cases.GetArray()) {
    const auto& before = json["before"];
    const auto& after = json["after"];
    const std::string name = json["network"].GetString();
    const NetworkParams network = network_of(*params::network_from_name(name == "testnet3" ? "test" : name));
    const BlockHeader header = header_of(json["header"].GetString());
    const Height height = after["height"].GetInt();
    ASSERT_EQ(height, before["height"].GetInt() + 1);
    EXPECT_EQ(header.hash().to_string(), after["hash"].GetString());
    EXPECT_EQ(header.previous.to_string(), before["hash"].GetString());

    // A line with what is known: times of the last blocks, start of the period.
    const CompactTarget old_target = compress(*Uint256::from_string(before["target"].GetString()));
    const Height period_start = before["height"].GetInt() / 2016 * 2016;
    HeaderLine line{period_start};
    for (Height at = period_start; at < height; ++at) line.push(HeaderFacts{{}, 1, 0, old_target});
    line.edit(period_start).time = before["period_start_time"].GetUint();
    const auto& times = before["last_11_times"];
    for (rapidjson::SizeType i = 0; i < times.Size(); ++i) {
      const Height at = height - static_cast<Height>(times.Size()) + static_cast<Height>(i);
      if (at >= period_start) line.edit(at).time = times[i].GetUint();
    }
    line.edit(height - 1).hash = header.previous;
    if (height - period_start >= 11) {
      const auto verdict = check_header({header, header.hash(), line, kFarFuture, network});
      EXPECT_TRUE(verdict.ok()) << height << " " << (verdict ? "" : verdict.error().reason());
      std::vector<std::uint32_t> sorted;
      for (const auto& time : times.GetArray()) sorted.push_back(time.GetUint());
      std::sort(sorted.begin(), sorted.end());
      EXPECT_EQ(median_time_past(line, height - 1).seconds, sorted[sorted.size() / 2]);
    }
    EXPECT_EQ(next_target(line, header.time, network), header.target) << height;
    EXPECT_EQ(expand(header.target).value.to_string(), after["target"].GetString());
    EXPECT_EQ(*Uint256::from_string(before["chainwork"].GetString()) + work_of(header.target),
              *Uint256::from_string(after["chainwork"].GetString()));
    new_periods += height % 2016 == 0 ? 1 : 0;
    ++count;
  }
  EXPECT_EQ(count, 16);
  EXPECT_EQ(new_periods, 4);
}

TEST(HeaderVectors, C089_CheckpointsAgreeOnTotalWork) {
  KEPENG_NEED_VECTORS();
  const NetworkParams network = network_of(Network::Main);
  // From checkpoint to checkpoint: a header at a multiple of 2,016 and 2,015 more of its target, then the next header.
  BlockHeader previous;
  Work work;
  int links = 0;
  for (const auto& row : test::read_shared_csv("chain/checkpoints/bitcoinj_main.csv")) {
    if (row[0] == "height") continue;
    const BlockHeader header = header_of(row[1]);
    const Work stated = *Uint256::from_string(row[2]);
    const Height height = std::stoi(row[0]);
    EXPECT_TRUE(check_proof_of_work(header.hash(), header.target, network).ok());
    if (height > 2016) {
      EXPECT_EQ(stated, work + work_of(previous.target) * 2015 + work_of(header.target)) << height;
      EXPECT_TRUE(is_permitted_transition(network, height, previous.target, header.target)) << height;
      EXPECT_FALSE(is_permitted_transition(network, height, {0x1a00ffff}, {0x1d00ffff}));
      ++links;
    }
    previous = header;
    work = stated;
  }
  EXPECT_EQ(links, 878976 / 2016 - 1);
}

TEST(HeaderVectors, C083_ElectrumTargetsAreThoseOfTheCheckpoints) {
  KEPENG_NEED_VECTORS();
  std::map<Height, BlockHeader> starts;
  for (const auto& row : test::read_shared_csv("chain/checkpoints/bitcoinj_main.csv")) {
    if (row[0] != "height") starts[std::stoi(row[0])] = header_of(row[1]);
  }
  const auto list = test::read_shared_json("chain/checkpoints/electrum_mainnet.json");
  int compared = 0;
  Height last = 0;
  for (const auto& row : list.GetArray()) {
    last = row["last_height"].GetInt();
    const Uint256 target = *Uint256::from_string(row["next_target"].GetString());
    // The table holds the target before it is rounded to its compact form.
    const auto next = starts.find(last + 1);
    if (next == starts.end()) continue;
    EXPECT_EQ(compress(target), next->second.target) << last;
    EXPECT_EQ(next->second.previous.to_string(), row["last_hash"].GetString()) << last;
    ++compared;
  }
  EXPECT_EQ(compared, 436);
  EXPECT_EQ(last, 953567);
}

TEST(ForkVectors, C091_TheBranchOfJuly2015IsRefusedForItsVersion) {
  KEPENG_NEED_VECTORS();
  const NetworkParams network = network_of(Network::Main);
  const auto headers = test::split_headers(test::read_shared("chain/forks/main_bip66_fork_363731_363736.bin"));
  ASSERT_EQ(headers.size(), 6u);
  EXPECT_EQ(headers[0].hash().to_string(), "0000000000000000009cc829aa25b40b2cd4eb83dd498c12ad0d26d90c439d99");
  // Its parent, as far as the rules ask: same period, earlier times.
  HeaderLine line{363'720};
  for (Height at = 363'720; at <= 363'730; ++at) line.push(HeaderFacts{{}, 3, 1'400'000'000, headers[0].target});
  line.edit(363'730).hash = headers[0].previous;
  const auto verdict = check_header({headers[0], headers[0].hash(), line, kFarFuture, network});
  ASSERT_FALSE(verdict.ok());
  EXPECT_EQ(verdict.error().reason(), "bad-version(0x00000002)");
  for (std::size_t i = 0; i < headers.size(); ++i) {
    EXPECT_TRUE(check_proof_of_work(headers[i].hash(), headers[i].target, network).ok());
    if (i > 0) {
      EXPECT_EQ(headers[i].previous, headers[i - 1].hash());
    }
  }
  // One block below the height the same header would do.
  HeaderLine before{363'710};
  for (Height at = 363'710; at <= 363'723; ++at) before.push(HeaderFacts{{}, 3, 1'400'000'000, headers[0].target});
  EXPECT_TRUE(check_header({headers[0], headers[0].hash(), before, kFarFuture, network}).ok());
}

TEST(ForkVectors, StaleHeadersObeyTheRulesToo) {
  KEPENG_NEED_VECTORS();
  const NetworkParams network = network_of(Network::Main);
  const HeaderRun run{Network::Main, "main", 822528, 830592, nullptr};
  const auto chain = read_run(run);
  HeaderLine line{run.first};
  for (Height at = run.first; at < 823'226; ++at) line.push(chain[static_cast<std::size_t>(at - run.first)]);
  const auto stale = test::split_headers(test::read_shared("chain/forks/main_stale_0823226.bin"));
  ASSERT_EQ(stale.size(), 1u);
  EXPECT_EQ(stale[0].previous, line.at(823'225).hash);
  EXPECT_NE(stale[0].hash(), chain[823'226 - 822'528].hash());
  EXPECT_TRUE(check_proof_of_work(stale[0].hash(), stale[0].target, network).ok());
  EXPECT_TRUE(check_header({stale[0], stale[0].hash(), line, kFarFuture, network}).ok());
}

TEST(ForkVectors, C083_AcrossTheRetargetOf2016) {
  KEPENG_NEED_VECTORS();
  const NetworkParams network = network_of(Network::Main);
  const auto json = test::read_shared_json("chain/forks/main_437466_437479_with_stale_437478.json");
  const BlockHeader start = header_of(json["period_start"]["header"].GetString());
  HeaderLine line{435'456};
  line.push(start);
  while (line.height() < 437'465) line.push(HeaderFacts{{}, 4, start.time, start.target});
  int judged = 0;
  for (const auto& row : json["chain"].GetArray()) {
    const BlockHeader header = header_of(row["header"].GetString());
    ASSERT_EQ(row["height"].GetInt(), line.height() + 1);
    EXPECT_EQ(next_target(line, header.time, network), header.target) << line.height() + 1;
    if (judged > 0) {
      EXPECT_EQ(header.previous, line.at(line.height()).hash);
    }
    line.push(header);
    ++judged;
  }
  EXPECT_EQ(judged, 14);
  line.cut_to(437'477);
  const BlockHeader stale = header_of(json["stale"][0]["header"].GetString());
  EXPECT_EQ(stale.previous, line.at(437'477).hash);
  EXPECT_TRUE(check_proof_of_work(stale.hash(), stale.target, network).ok());
  EXPECT_TRUE(check_header({stale, stale.hash(), line, kFarFuture, network}).ok());
}

TEST(ForkVectors, C097_LowWorkHeadersOffGenesisAreValid) {
  KEPENG_NEED_VECTORS();
  const NetworkParams network = network_of(Network::Testnet3);
  const auto json = test::read_shared_json("chain/forks/testnet3_low_work_fork.json");
  HeaderLine line;
  line.push(network.genesis->header());
  Work work = work_of(network.genesis->header().target);
  for (const auto& hex : json["fork"].GetArray()) {
    const BlockHeader header = header_of(hex.GetString());
    EXPECT_EQ(header.previous, line.at(line.height()).hash);
    EXPECT_TRUE(check_proof_of_work(header.hash(), header.target, network).ok());
    EXPECT_TRUE(check_header({header, header.hash(), line, kFarFuture, network}).ok());
    line.push(header);
    work += work_of(header.target);
  }
  EXPECT_EQ(line.height(), 2);
  // Far below what a node with the real chain asks for before it stores a branch.
  EXPECT_LT(work, network.minimum_chain_work);
}

}  // namespace
}  // namespace kepeng::consensus
