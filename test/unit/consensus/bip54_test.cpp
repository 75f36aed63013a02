// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// BIP54: its four rules at both sides of every edge, and that nothing changes while it is off.

#include <gtest/gtest.h>

#include <kepeng/base/hex.h>
#include <kepeng/consensus/rules.h>
#include <kepeng/script/builder.h>

#include "support/chain_builder.h"
#include "support/vectors.h"

namespace kepeng::consensus {
namespace {

using params::Network;
using params::NetworkParams;
using script::Op;
using script::ScriptBuilder;
using test::BlockDraft;
using test::ChainBuilder;

NetworkParams regtest(std::vector<std::string> heights) {
  return params::make_network({.network = Network::Regtest, .activation_heights = std::move(heights)}).value();
}
const NetworkParams& with_bip54() {
  static const NetworkParams kNetwork = regtest({"bip54@1"});
  return kNetwork;
}
const NetworkParams& without_bip54() {
  static const NetworkParams kNetwork = regtest({});
  return kNetwork;
}

TEST(Bip54, C150_OffOnEveryNetwork) {
  for (const auto which : {Network::Main, Network::Testnet3, Network::Testnet4, Network::Signet, Network::Regtest}) {
    // Only regtest listens to the option.
    const auto network = params::make_network({.network = which, .activation_heights = {"bip54@7"}}).value();
    EXPECT_EQ(network.is_bip54_active(7), which == Network::Regtest);
    EXPECT_FALSE(network.is_bip54_active(6));
    const auto plain = params::make_network({.network = which}).value();
    EXPECT_FALSE(plain.is_bip54_active(INT32_MAX));
  }
  EXPECT_FALSE(params::make_network({.network = Network::Regtest, .activation_heights = {"bip54@-1"}}).ok());
  EXPECT_FALSE(params::make_network({.network = Network::Regtest, .activation_heights = {"bip54"}}).ok());
  EXPECT_FALSE(params::make_network({.network = Network::Regtest, .activation_heights = {"bip54@"}}).ok());
}

// --- header times ----------------------------------------------------------------------------------------------------

// The verdict on a header at `height` with this time, over a line whose block h has time kStart + 600 h.
class HeaderTimes {
 public:
  static constexpr std::uint32_t kStart = 1'300'000'000;
  explicit HeaderTimes(Height height) {
    for (Height at = 0; at < height; ++at) {
      line_.push(HeaderFacts{{}, 4, kStart + 600 * static_cast<std::uint32_t>(at), {0x207fffff}});
    }
  }
  test::HeaderLine& line() { return line_; }
  // What the two rules of BIP54 say; the others would refuse some of these times for reasons of their own.
  std::string verdict(std::uint32_t time, const NetworkParams& network) const {
    BlockHeader header;
    header.version = 4;
    header.time = time;
    header.target = {0x207fffff};
    for (const HeaderRule& rule : header_rules()) {
      if (rule.source != "BIP54") continue;
      const auto judged = rule.judge({header, BlockHash{}, line_, {2'000'000'000}, network});
      if (!judged) return judged.error().reason();
    }
    return "";
  }

 private:
  test::HeaderLine line_;
};

TEST(Bip54, C150_FirstBlockOfAPeriodMayBeTwoHoursBehindItsParent) {
  const auto interval = static_cast<Height>(with_bip54().retarget_interval());
  for (const Height height : {interval - 1, interval, interval + 1, 2 * interval}) {
    const HeaderTimes times{height};
    const std::uint32_t parent = HeaderTimes::kStart + 600 * static_cast<std::uint32_t>(height - 1);
    const bool is_first = height % interval == 0;
    EXPECT_EQ(times.verdict(parent - 7'200, with_bip54()), "") << height;
    EXPECT_EQ(times.verdict(parent - 7'201, with_bip54()), is_first ? "time-timewarp-attack" : "") << height;
    EXPECT_EQ(times.verdict(parent - 7'201, without_bip54()), "") << height;
  }
}

TEST(Bip54, C150_LastBlockOfAPeriodIsNotBeforeItsFirst) {
  const auto interval = static_cast<Height>(with_bip54().retarget_interval());
  for (const Height height : {interval - 2, interval - 1, 2 * interval - 1}) {
    const HeaderTimes times{height};
    const bool is_last = height % interval == interval - 1;
    const std::uint32_t first = HeaderTimes::kStart + 600 * static_cast<std::uint32_t>(height / interval * interval);
    EXPECT_EQ(times.verdict(first, with_bip54()), "") << height;
    EXPECT_EQ(times.verdict(first - 1, with_bip54()), is_last ? "time-murch-zawy-attack" : "") << height;
    EXPECT_EQ(times.verdict(first - 1, without_bip54()), "") << height;
  }
}

TEST(Bip54, C150_HeaderRulesBeginAtTheirHeight) {
  const auto interval = static_cast<Height>(with_bip54().retarget_interval());
  const HeaderTimes times{interval};
  const std::uint32_t early = HeaderTimes::kStart + 600 * static_cast<std::uint32_t>(interval - 1) - 7'201;
  EXPECT_EQ(times.verdict(early, regtest({"bip54@" + std::to_string(interval)})), "time-timewarp-attack");
  EXPECT_EQ(times.verdict(early, regtest({"bip54@" + std::to_string(interval + 1)})), "");
}

// --- transactions of 64 bytes ----------------------------------------------------------------------------------------

// Judges a block of this transaction at height 1.
std::string verdict_on_block(const NetworkParams& network, const std::function<void(BlockDraft&)>& change) {
  const ChainBuilder chain{network};
  BlockDraft draft = chain.draft();
  draft.coinbase().lock_time = 0;
  draft.coinbase().inputs[0].sequence = 0xfffffffe;
  change(draft);
  const auto checked = check_block(draft.finish(), network);
  if (!checked) return "not checked: " + checked.error().reason();
  const auto verdict = check_place(*checked, {chain.line(), network});
  return verdict ? "" : verdict.error().reason();
}

MutableTransaction of_stripped_size(std::uint32_t size, std::size_t in_script_sig) {
  MutableTransaction tx;
  tx.inputs.push_back({{Txid{{9}}, 1}, Bytes(in_script_sig, 0x51), 0xffffffff, {}});
  tx.outputs.push_back({Amount{1000}, Bytes(size - 60 - in_script_sig, 0x51)});
  return tx;
}

TEST(Bip54, C150_SixtyFourBytesWithoutWitness) {
  unsigned refused = 0;
  for (std::uint32_t size = 60; size <= 70; ++size) {
    for (std::size_t in_script_sig = 0; in_script_sig <= size - 60; ++in_script_sig) {
      for (const bool has_witness : {false, true}) {
        MutableTransaction tx = of_stripped_size(size, in_script_sig);
        if (has_witness) tx.inputs[0].witness = {Bytes(3, 7)};
        ASSERT_EQ(tx.freeze()->stripped_size, size);
        const auto add = [&](BlockDraft& draft) { draft.transactions.push_back(tx); };
        EXPECT_EQ(verdict_on_block(with_bip54(), add), size == 64 ? "bad-txns-size-64" : "") << size;
        EXPECT_EQ(verdict_on_block(without_bip54(), add), "") << size;
        refused += size == 64 ? 1 : 0;
      }
    }
  }
  EXPECT_EQ(refused, 10u);
  // 64 bytes with the witness are another matter.
  MutableTransaction tx = of_stripped_size(60, 0);
  tx.inputs[0].witness = {Bytes{}};
  ASSERT_EQ(tx.freeze()->raw.size(), 64u);
  EXPECT_EQ(verdict_on_block(with_bip54(), [&](BlockDraft& draft) { draft.transactions.push_back(tx); }), "");
}

// The five transactions of this size in the main chain.
TEST(Bip54, C150_TransactionsOf64BytesThatWereMined) {
  struct Row {
    const char* txid;
    const char* raw;
  };
  constexpr Row kMined[] = {{"892f44a49de6f5b212cdbea514d09e692d9fed5d897f37bcef14bd0eedebf193",
                             "0200000001deb98691723fa71260ffca6ea0a7bc0a63b0a8a366e1b585caad47fb269a2ce401000000030251b"
                             "20100000001000000000000"
                             "0000016a00000000"},
                            {"bbf71454857438c6dfd64c0d92a7c5360a8d8d57c9202f5806449e5b0d26b848",
                             "01000000010d0afe3d74062ee60c0ec55579d691d8c8af5c04eb97b777157a21a8c5fb143d00000000035101b"
                             "10000000001000000000000"
                             "0000016a01000000"},
                            {"6713d61a83e3d095582211ea8d6db452ac7561e863decba7c4046fb9f6d88aa0",
                             "02000000011658a33df410379bb512206659910c9fbd0e50bfb732f7be9936558ff036919401000000035101b"
                             "20100000001000000000000"
                             "0000016a00000000"},
                            {"7f2efc6546011ad3227b2da678be0d30c7f4b08e2ce57b5edadd437f9e27a612",
                             "02000000011a7a4cf262fb7e53e2e6e0b2ef8b763f6ee97d8681ca968d1938418d56e6c38700000000035101b"
                             "20100000001000000000000"
                             "0000016a00000000"},
                            {"5302e01dc4b7e34314a34c7c3347107e612b9524be684d388cd4d2ca35ff1ec9",
                             "01000000019222bbb054bb9f94571dfe769af5866835f2a97e883959fa757de4064bed8bca01000000035101b"
                             "10000000001000000000000"
                             "0000016a01000000"}};
  for (const Row& row : kMined) {
    const auto tx = parse_transaction(test::unhex(row.raw)).value();
    ASSERT_EQ(tx->txid.to_string(), row.txid);
    const auto add = [&](BlockDraft& draft) {
      draft.transactions.emplace_back(*tx).lock_time = 0;  // the rule about lock times is another one
    };
    EXPECT_EQ(verdict_on_block(with_bip54(), add), "bad-txns-size-64") << row.txid;
    EXPECT_EQ(verdict_on_block(without_bip54(), add), "") << row.txid;
  }
}

// --- coinbases -------------------------------------------------------------------------------------------------------

TEST(Bip54, C150_CoinbaseLockTimeIsTheHeightBefore) {
  const NetworkParams network = regtest({"bip54@5"});
  ChainBuilder chain{network};
  const auto verdict = [&](std::uint32_t lock_time, std::uint32_t sequence) {
    BlockDraft draft = chain.draft();
    draft.coinbase().lock_time = lock_time;
    draft.coinbase().inputs[0].sequence = sequence;
    const auto checked = check_block(draft.finish(), network);
    const auto judged = check_place(*checked, {chain.line(), network});
    return judged ? std::string{} : judged.error().reason();
  };
  chain.extend_by(3);
  // Height 4, before activation: the lock time must merely have passed.
  EXPECT_EQ(verdict(0, 0xffffffff), "");
  EXPECT_EQ(verdict(3, 0xffffffff), "");
  chain.extend();
  struct Row {
    std::uint32_t lock_time;
    std::uint32_t sequence;
    const char* reason;
  };
  constexpr Row kRows[] = {
      {4, 0xfffffffe, ""},
      {4, 0, ""},
      {4, 0x80000000, ""},
      {4, 0xffffffff, "bad-cb-sequence"},
      {3, 0xfffffffe, "bad-cb-locktime"},
      {0, 0xfffffffe, "bad-cb-locktime"},
      {0, 0xffffffff, "bad-cb-locktime"},
      {5, 0xffffffff, "bad-cb-locktime"},    // final by its sequence, so it gets this far
      {5, 0xfffffffe, "bad-txns-nonfinal"},  // the old rule
      {22, 0xfffffffe, "bad-txns-nonfinal"},
  };
  for (const Row& row : kRows) EXPECT_EQ(verdict(row.lock_time, row.sequence), row.reason) << row.lock_time;
}

// --- signature operations --------------------------------------------------------------------------------------------

// The verdict on a transaction whose inputs spend these scripts with these scriptSigs.
struct Spends {
  void add(Bytes script_sig, Bytes script_pubkey) {
    tx.inputs.push_back({{Txid{{9}}, static_cast<std::uint32_t>(tx.inputs.size())}, std::move(script_sig), 0, {}});
    scripts.push_back(std::move(script_pubkey));
  }
  std::string verdict(Bip54 bip54) const {
    MutableTransaction copy = tx;
    copy.outputs.push_back({Amount{1}, Bytes(9'000, 0xac)});  // what is made, not spent, does not count
    const TxPtr frozen = copy.freeze();
    std::vector<Coin> coins;
    for (const Bytes& script : scripts) coins.push_back({{Amount{1000}, script}, 1, false});
    const auto fee = check_spend({*frozen, coins, 200, bip54});
    return fee ? "" : std::string{reject_reason(fee.error())};
  }

  MutableTransaction tx;
  std::vector<Bytes> scripts;
};

Bytes checks(std::size_t count) {
  return Bytes(count, 0xac);
}
Bytes p2sh(const Bytes& redeem) {
  return ScriptBuilder{}.op(Op::Hash160).push(crypto::hash160(redeem)).op(Op::Equal).take();
}
Bytes push(const Bytes& data) {
  return ScriptBuilder{}.push(data).take();
}

// How many operations one input counts for, found by filling up with single ones until the limit is crossed.
std::uint64_t weight_of(const Bytes& script_sig, const Bytes& script_pubkey) {
  for (std::size_t others = 0; others <= 2'500; ++others) {
    Spends spends;
    spends.add(script_sig, script_pubkey);
    spends.add({}, checks(2'500 - others));
    if (spends.verdict(Bip54::Active).empty()) return others;
    EXPECT_EQ(spends.verdict(Bip54::Active), "bad-txns-legacy-sigops");
    EXPECT_EQ(spends.verdict(Bip54::Inactive), "");
  }
  return 2'501;
}

TEST(Bip54, C150_LegacySignatureOperationsAreCountedAsInBip16) {
  const Bytes multisig_of_3 = test::unhex("53ae");
  const Bytes redeem = test::unhex("acacac");
  EXPECT_EQ(weight_of({}, {}), 0u);
  EXPECT_EQ(weight_of({}, test::unhex("ac")), 1u);
  EXPECT_EQ(weight_of({}, test::unhex("ad")), 1u);
  EXPECT_EQ(weight_of({}, multisig_of_3), 3u);
  EXPECT_EQ(weight_of({}, test::unhex("60af")), 16u);
  EXPECT_EQ(weight_of({}, test::unhex("00ae")), 20u);
  EXPECT_EQ(weight_of({}, test::unhex("0111ae")), 20u);
  EXPECT_EQ(weight_of({}, test::unhex("ae")), 20u);
  // The scriptSig counts, exactly too; the two scripts are read one by one.
  EXPECT_EQ(weight_of(test::unhex("acac"), test::unhex("ac")), 3u);
  EXPECT_EQ(weight_of(test::unhex("53ae"), {}), 3u);
  EXPECT_EQ(weight_of(test::unhex("53"), test::unhex("ae")), 20u);
  // Unexecuted ones count; those behind an unreadable push and inside of pushes do not.
  EXPECT_EQ(weight_of({}, test::unhex("0063ac68")), 1u);
  EXPECT_EQ(weight_of({}, test::unhex("ac4dffffacac")), 1u);
  EXPECT_EQ(weight_of(push(redeem), test::unhex("ac")), 1u);
  // P2SH: the redeem script, and what the scriptSig does itself makes it none.
  EXPECT_EQ(weight_of(push(redeem), p2sh(redeem)), 3u);
  EXPECT_EQ(weight_of(push(multisig_of_3), p2sh(multisig_of_3)), 3u);
  Bytes not_push_only = test::unhex("ac");
  append(not_push_only, push(redeem));
  EXPECT_EQ(weight_of(not_push_only, p2sh(redeem)), 1u);
  // Witnesses do not count, native or wrapped.
  const Bytes program = test::unhex("00201111111111111111111111111111111111111111111111111111111111111111");
  EXPECT_EQ(weight_of({}, program), 0u);
  EXPECT_EQ(weight_of(push(program), p2sh(program)), 0u);
}

TEST(Bip54, C150_2500LegacySignatureOperationsOverAllInputs) {
  Spends spends;
  for (int i = 0; i < 250; ++i) spends.add(push(checks(7)), p2sh(checks(7)));
  for (int i = 0; i < 250; ++i) spends.add(test::unhex("53ae"), {});
  EXPECT_EQ(spends.verdict(Bip54::Active), "");
  spends.add({}, {});
  EXPECT_EQ(spends.verdict(Bip54::Active), "");
  spends.add({}, test::unhex("ac"));
  EXPECT_EQ(spends.verdict(Bip54::Active), "bad-txns-legacy-sigops");
  EXPECT_EQ(spends.verdict(Bip54::Inactive), "");
}

}  // namespace
}  // namespace kepeng::consensus
