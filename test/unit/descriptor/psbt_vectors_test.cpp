// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// The vectors of BIP174, BIP370, BIP371 and BIP373, and those of bitcoind's RPC. Signing needs private keys and is no
// part of this module yet: of the six rows "signer" only what was signed is read.

#include <gtest/gtest.h>

#include <cmath>

#include <kepeng/base/base64.h>
#include <kepeng/base/hex.h>
#include <kepeng/descriptor/address.h>
#include <kepeng/descriptor/psbt.h>

#include "support/vectors.h"

namespace kepeng::descriptor {
namespace {

Result<Psbt, std::string> decode_text(const std::string& base64) {
  const auto bytes = from_base64(base64);
  if (!bytes) return Err{std::string{"not base64"}};
  return decode_psbt(*bytes);
}

std::string encode_text(const Psbt& psbt) {
  return to_base64(encode_psbt(psbt));
}

// What is read is written back, pair for pair.
void expect_valid(const std::string& base64, const std::string& what) {
  const auto psbt = decode_text(base64);
  ASSERT_TRUE(psbt.ok()) << what << ": " << psbt.error();
  const auto again = decode_psbt(encode_psbt(*psbt));
  ASSERT_TRUE(again.ok()) << what;
  EXPECT_EQ(*again, *psbt) << what;
  EXPECT_EQ(encode_psbt(*psbt).size(), from_base64(base64)->size()) << what;
}

struct Counts {
  unsigned valid = 0;
  unsigned invalid = 0;
};

Counts judge(const char* file) {
  const auto vectors = test::read_shared_json(std::string{"vectors/psbt/"} + file);
  Counts counts;
  for (const auto& row : vectors["valid psbts"].GetArray()) {
    expect_valid(row["encoded psbt"].GetString(), row["description"].GetString());
    ++counts.valid;
  }
  for (const auto& row : vectors["invalid psbts"].GetArray()) {
    const auto psbt = decode_text(row["encoded psbt"].GetString());
    EXPECT_FALSE(psbt.ok()) << row["description"].GetString();
    ++counts.invalid;
  }
  return counts;
}

TEST(PsbtVectors, C132_Bip174) {
  KEPENG_NEED_VECTORS();
  const Counts counts = judge("bip174.json");
  EXPECT_EQ(counts.valid, 10u);
  EXPECT_EQ(counts.invalid, 20u);
}

TEST(PsbtVectors, C132_Bip370) {
  KEPENG_NEED_VECTORS();
  const Counts counts = judge("bip370.json");
  EXPECT_EQ(counts.valid, 14u);
  EXPECT_EQ(counts.invalid, 24u);
}

TEST(PsbtVectors, C132_Bip371) {
  KEPENG_NEED_VECTORS();
  const Counts counts = judge("bip371.json");
  EXPECT_EQ(counts.valid, 6u);
  EXPECT_EQ(counts.invalid, 11u);
}

TEST(PsbtVectors, C132_Bip373) {
  KEPENG_NEED_VECTORS();
  const Counts counts = judge("bip373.json");
  EXPECT_EQ(counts.valid, 14u);
  EXPECT_EQ(counts.invalid, 10u);
}

TEST(PsbtVectors, C132_Bip370LockTimes) {
  KEPENG_NEED_VECTORS();
  const auto vectors = test::read_shared_json("vectors/psbt/bip370.json");
  unsigned cases = 0;
  for (const auto& row : vectors["lock time psbts"].GetArray()) {
    const auto psbt = decode_text(row["encoded psbt"].GetString());
    ASSERT_TRUE(psbt.ok()) << row["description"].GetString();
    std::optional<std::uint32_t> expected;
    if (!row["lock time"].IsNull()) expected = row["lock time"].GetUint();
    EXPECT_EQ(lock_time_of(*psbt), expected) << row["description"].GetString();
    EXPECT_EQ(unsigned_transaction(*psbt).lock_time, expected.value_or(0));
    ++cases;
  }
  EXPECT_EQ(cases, 10u);
}

// A signer must refuse them; so nothing in them may become final either.
TEST(PsbtVectors, C132_Bip174SignerCheckFailuresAreNotFinalized) {
  KEPENG_NEED_VECTORS();
  const auto vectors = test::read_shared_json("vectors/psbt/bip174.json");
  unsigned cases = 0;
  for (const auto& row : vectors["signer check failures"].GetArray()) {
    auto psbt = decode_text(row["encoded psbt"].GetString());
    ASSERT_TRUE(psbt.ok()) << row["description"].GetString();
    finalize_psbt(*psbt);
    EXPECT_FALSE(extract_transaction(*psbt).has_value()) << row["description"].GetString();
    ++cases;
  }
  EXPECT_EQ(cases, 4u);
}

TEST(PsbtVectors, C132_RpcPsbtValidAndInvalid) {
  KEPENG_NEED_VECTORS();
  const auto vectors = test::read_shared_json("vectors/psbt/rpc_psbt.json");
  unsigned valid = 0;
  for (const auto& row : vectors["valid"].GetArray()) expect_valid(row.GetString(), std::to_string(valid++));
  EXPECT_EQ(valid, 48u);
  unsigned invalid = 0;
  for (const auto& row : vectors["invalid"].GetArray()) {
    EXPECT_FALSE(decode_text(row.GetString()).ok()) << invalid;
    ++invalid;
  }
  EXPECT_EQ(invalid, 63u);
  unsigned with_message = 0;
  for (const auto& row : vectors["invalid_with_msg"].GetArray()) {
    const auto psbt = decode_text(row[0].GetString());
    ASSERT_FALSE(psbt.ok()) << row[1].GetString();
    EXPECT_EQ(psbt.error(), row[1].GetString());
    ++with_message;
  }
  EXPECT_EQ(with_message, 23u);
  unsigned signed_ones = 0;
  for (const auto& row : vectors["signer"].GetArray()) {
    expect_valid(row["psbt"].GetString(), "before signing");
    expect_valid(row["result"].GetString(), "after signing");
    ++signed_ones;
  }
  EXPECT_EQ(signed_ones, 6u);
}

TEST(PsbtVectors, C132_RpcPsbtCreator) {
  KEPENG_NEED_VECTORS();
  const auto vectors = test::read_shared_json("vectors/psbt/rpc_psbt.json");
  const auto regtest = params::make_network({.network = params::Network::Regtest}).value();
  unsigned cases = 0;
  for (const auto& row : vectors["creator"].GetArray()) {
    MutableTransaction tx;
    for (const auto& input : row["inputs"].GetArray()) {
      tx.inputs.push_back(
          {{*Txid::from_string(input["txid"].GetString()), input["vout"].GetUint()}, {}, 0xffffffff, {}});
    }
    for (const auto& output : row["outputs"].GetArray()) {
      const auto& payment = *output.MemberBegin();
      const auto sats = static_cast<std::int64_t>(std::llround(payment.value.GetDouble() * kSatsPerCoin));
      tx.outputs.push_back({Amount{sats}, parse_address(payment.name.GetString(), regtest).value().script()});
    }
    const auto version = row["version"].GetUint() == 0 ? PsbtVersion::V0 : PsbtVersion::V2;
    EXPECT_EQ(encode_text(make_psbt(tx, version)), row["result"].GetString());
    ++cases;
  }
  EXPECT_EQ(cases, 1u);
}

TEST(PsbtVectors, C132_RpcPsbtCombinerFinalizerExtractor) {
  KEPENG_NEED_VECTORS();
  const auto vectors = test::read_shared_json("vectors/psbt/rpc_psbt.json");
  unsigned cases = 0;
  for (const auto& row : vectors["combiner"].GetArray()) {
    std::vector<Psbt> parts;
    for (const auto& part : row["combine"].GetArray()) parts.push_back(decode_text(part.GetString()).value());
    EXPECT_EQ(encode_text(combine_psbts(parts).value()), row["result"].GetString());
    std::swap(parts.front(), parts.back());
    EXPECT_EQ(encode_text(combine_psbts(parts).value()), row["result"].GetString());
    ++cases;
  }
  for (const auto& row : vectors["finalizer"].GetArray()) {
    Psbt psbt = decode_text(row["finalize"].GetString()).value();
    EXPECT_FALSE(extract_transaction(psbt).has_value());
    finalize_psbt(psbt);
    EXPECT_EQ(encode_text(psbt), row["result"].GetString());
    ++cases;
  }
  for (const auto& row : vectors["extractor"].GetArray()) {
    const Psbt psbt = decode_text(row["extract"].GetString()).value();
    EXPECT_EQ(to_hex(extract_transaction(psbt).value().serialize()), row["result"].GetString());
    ++cases;
  }
  EXPECT_EQ(cases, 3u);
}

// Every valid vector, cut at every byte: refused, whatever is missing.
TEST(PsbtVectors, B125_C132_TruncatedAtEachByte) {
  KEPENG_NEED_VECTORS();
  const auto vectors = test::read_shared_json("vectors/psbt/rpc_psbt.json");
  unsigned cuts = 0;
  for (const auto& row : vectors["valid"].GetArray()) {
    const Bytes whole = from_base64(row.GetString()).value();
    for (std::size_t size = 0; size < whole.size(); ++size, ++cuts) {
      EXPECT_FALSE(decode_psbt(ByteView{whole}.first(size)).ok()) << size;
    }
    Bytes longer = whole;
    longer.push_back(0);
    EXPECT_FALSE(decode_psbt(longer).ok());
  }
  EXPECT_GT(cuts, 10'000u);
}

}  // namespace
}  // namespace kepeng::descriptor
