// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/script/sigops.h>

#include "script_testing.h"

namespace kepeng::script {
namespace {

unsigned legacy(const Bytes& script) {
  return count_sigops(script, SigopCounting::Legacy);
}
unsigned exact(const Bytes& script) {
  return count_sigops(script, SigopCounting::Exact);
}

TEST(Sigops, C059_StopsQuietlyAtATruncatedPush) {
  EXPECT_EQ(legacy(script_of("CHECKSIG CHECKSIG 0x4e 0xffffffff 0x01 CHECKSIG")), 2u);
  EXPECT_EQ(legacy(script_of("CHECKSIG 0x4b CHECKSIG CHECKSIG")), 1u);
  EXPECT_EQ(legacy(script_of("0x4d 0x01")), 0u);
  EXPECT_EQ(legacy(script_of("CHECKSIG 0x4c")), 1u);
}

TEST(Sigops, C060_LegacyCount) {
  EXPECT_EQ(legacy(script_of("CHECKSIG CHECKSIGVERIFY")), 2u);
  EXPECT_EQ(legacy(script_of("CHECKMULTISIG")), 20u);
  EXPECT_EQ(legacy(script_of("1 1 1 CHECKMULTISIGVERIFY")), 20u);
  EXPECT_EQ(legacy(script_of("0 IF CHECKSIG ENDIF RETURN CHECKSIG")), 2u);  // executed or not
  EXPECT_EQ(legacy(script_of("0x02 0xacac CHECKSIGADD")), 0u);              // inside pushes; not an opcode of its time
  EXPECT_EQ(legacy(repeat("CHECKSIG", 100'000)), 100'000u);
  EXPECT_EQ(legacy({}), 0u);
}

TEST(Sigops, C061_P2shCount) {
  const Bytes redeem = script_of("1 0x01 0x02 0x01 0x03 2 CHECKMULTISIG CHECKSIG");
  EXPECT_EQ(exact(redeem), 3u);
  EXPECT_EQ(count_p2sh_sigops(joined({script_of("0 1"), pushes_of({redeem})}), p2sh_of(redeem)), 3u);
  EXPECT_EQ(count_p2sh_sigops(joined({script_of("NOP"), pushes_of({redeem})}), p2sh_of(redeem)), 0u);
  EXPECT_EQ(count_p2sh_sigops(joined({pushes_of({redeem}), script_of("0x05 0x01")}), p2sh_of(redeem)), 0u);
  EXPECT_EQ(count_p2sh_sigops(joined({pushes_of({redeem}), script_of("RESERVED")}), p2sh_of(redeem)), 0u);
  EXPECT_EQ(count_p2sh_sigops(joined({pushes_of({redeem}), script_of("16")}), p2sh_of(redeem)), 0u);
  EXPECT_EQ(count_p2sh_sigops(pushes_of({redeem}), script_of("1")), 0u);
  EXPECT_EQ(count_p2sh_sigops({}, p2sh_of(redeem)), 0u);
  EXPECT_EQ(exact(script_of("1 CHECKMULTISIG")), 1u);
  EXPECT_EQ(exact(script_of("16 CHECKMULTISIG")), 16u);
  EXPECT_EQ(exact(script_of("0 CHECKMULTISIG")), 20u);
  EXPECT_EQ(exact(script_of("CHECKMULTISIG")), 20u);
  EXPECT_EQ(exact(script_of("0x01 0x02 CHECKMULTISIG")), 20u);
  EXPECT_EQ(exact(script_of("2 NOP CHECKMULTISIG")), 20u);
}

TEST(Sigops, C062_WitnessCount) {
  const Bytes script = script_of("CHECKSIG 2 CHECKMULTISIG");
  const Bytes p2wsh = p2wsh_of(script);
  const Bytes p2wpkh = p2wpkh_of(TestKey{1}.compressed());
  const std::vector<ByteView> items{ByteView{}, ByteView{script}};
  const auto count = [&](const Bytes& script_sig, const Bytes& script_pubkey, std::span<const ByteView> witness) {
    return count_witness_sigops({script_sig, script_pubkey, witness}, kSegwitFlags);
  };
  EXPECT_EQ(count({}, p2wpkh, {}), 1u);
  EXPECT_EQ(count({}, p2wsh, items), 3u);
  EXPECT_EQ(count({}, p2wsh, {}), 0u);
  EXPECT_EQ(count(pushes_of({p2wsh}), p2sh_of(p2wsh), items), 3u);
  EXPECT_EQ(count(pushes_of({p2wpkh}), p2sh_of(p2wpkh), items), 1u);
  EXPECT_EQ(count(joined({script_of("NOP"), pushes_of({p2wsh})}), p2sh_of(p2wsh), items), 0u);
  for (std::uint8_t version = 1; version <= 16; ++version) {
    EXPECT_EQ(count({}, ScriptBuilder{}.op(small_integer_op(version)).push(Bytes(32, 1)).take(), items), 0u);
  }
  EXPECT_EQ(count({}, script_of("0 0x05 0x0101010101"), items), 0u);
  EXPECT_EQ(count({}, p2pkh_of(TestKey{1}.compressed()), items), 0u);
  EXPECT_EQ(count_witness_sigops({{}, p2wpkh, {}}, {Flag::P2sh}), 0u);
}

// The limit itself is a block rule; counting must reach it without wrapping.
TEST(Sigops, C063_CountsPastTheBlockLimit) {
  EXPECT_EQ(4 * legacy(repeat("CHECKSIG", 20'000)), 80'000u);
  EXPECT_EQ(4 * legacy(repeat("CHECKMULTISIG", 1'000'000)), 80'000'000u);
}

}  // namespace
}  // namespace kepeng::script
