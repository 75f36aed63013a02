// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/script/script_text.h>

#include "script_testing.h"

namespace kepeng::script {
namespace {

TEST(OutputTemplates, EachTypeAndItsPayload) {
  const TestKey key{40};
  const Bytes hash = to_bytes(crypto::hash160(key.compressed()));
  struct Row {
    Bytes script;
    std::string type;
    Bytes payload;
  };
  const Row rows[] = {
      {joined({pushes_of({key.compressed()}), {0xac}}), "pubkey", key.compressed()},
      {joined({pushes_of({key.uncompressed()}), {0xac}}), "pubkey", key.uncompressed()},
      {p2pkh_of(key.compressed()), "pubkeyhash", hash},
      {p2sh_of(Bytes{}), "scripthash", to_bytes(crypto::hash160({}))},
      {p2wpkh_of(key.compressed()), "witness_v0_keyhash", hash},
      {p2wsh_of(Bytes{}), "witness_v0_scripthash", to_bytes(crypto::sha256({}))},
      {ScriptBuilder{}.op(Op::One).push(key.xonly()).take(), "witness_v1_taproot", key.xonly()},
      {script_of("1 0x02 0x4e73"), "anchor", {0x4e, 0x73}},
      {script_of("1 0x02 0x4e74"), "witness_unknown", {0x4e, 0x74}},
      {script_of("16 0x02 0x4e73"), "witness_unknown", {0x4e, 0x73}},
      {script_of("RETURN"), "nulldata", {}},
      {script_of("RETURN 'data' 1 RESERVED"), "nulldata", {}},
      {script_of("RETURN NOP"), "nonstandard", {}},
      {script_of("RETURN 0x05 0x01"), "nonstandard", {}},
      {script_of("0 0x05 0x0101010101"), "nonstandard", {}},
      {joined({pushes_of({Bytes(33, 5)}), {0xac}}), "nonstandard", {}},
      {joined({p2pkh_of(key.compressed()), {0x61}}), "nonstandard", {}},
      {Bytes{}, "nonstandard", {}},
      {script_of("1"), "nonstandard", {}},
  };
  for (const Row& row : rows) {
    const OutputTemplate found = classify_output(row.script);
    EXPECT_EQ(name_of(found.type), row.type) << to_hex(row.script);
    EXPECT_EQ(to_hex(found.payload), to_hex(row.payload)) << row.type;
    EXPECT_EQ(output_type(row.script), found.type);
  }
  EXPECT_EQ(classify_output(script_of("16 0x02 0x4e73")).witness_version, 16);
}

TEST(OutputTemplates, Multisig) {
  const std::string key = " 0x21 0x" + to_hex(TestKey{41}.compressed());
  const Bytes script = script_of("1" + key + key + " 2 CHECKMULTISIG");
  const auto found = classify_output(script);  // looks into the script
  EXPECT_EQ(found.type, OutputType::MultiSig);
  EXPECT_EQ(found.keys_required, 1);
  ASSERT_EQ(found.key_list().size(), 2u);
  EXPECT_EQ(to_hex(found.key_list()[1]), to_hex(TestKey{41}.compressed()));
  std::string twenty = "17";
  for (int i = 0; i < 20; ++i) twenty += key;
  EXPECT_EQ(classify_output(script_of(twenty + " 20 CHECKMULTISIG")).key_list().size(), 20u);
  for (const std::string& text : std::vector<std::string>{
           twenty + key + " 21 CHECKMULTISIG", "0" + key + " 1 CHECKMULTISIG", "2" + key + " 1 CHECKMULTISIG",
           "1" + key + " 2 CHECKMULTISIG", "1" + key + " 0x01 0x01 CHECKMULTISIG",
           "0x01 0x01" + key + " 1 CHECKMULTISIG", "1" + key + " 1 CHECKMULTISIGVERIFY",
           "1" + key + " 1 NOP CHECKMULTISIG", "1 1 CHECKMULTISIG", "CHECKMULTISIG"}) {
    EXPECT_EQ(classify_output(script_of(text)).type, OutputType::NonStandard) << text;
  }
}

TEST(OutputTemplates, Unspendable) {
  EXPECT_TRUE(is_unspendable(script_of("RETURN")));
  EXPECT_TRUE(is_unspendable(script_of("RETURN 0x05 0x01")));
  EXPECT_FALSE(is_unspendable(script_of("1 RETURN")));
  EXPECT_FALSE(is_unspendable(Bytes{}));
  EXPECT_FALSE(is_unspendable(Bytes(10'000, 0x51)));
  EXPECT_TRUE(is_unspendable(Bytes(10'001, 0x51)));
}

// The answers of the reference node, types included.
TEST(ScriptText, DecodescriptVectors) {
  KEPENG_NEED_VECTORS();
  const auto document = test::read_shared_json("vectors/rpc/rpc_decodescript.json");
  int count = 0;
  for (const auto& row : document.GetArray()) {
    const Bytes script = test::unhex(row[0].GetString());
    EXPECT_EQ(to_asm(script), row[1]["asm"].GetString()) << to_hex(script);
    EXPECT_EQ(name_of(output_type(script)), row[1]["type"].GetString()) << to_hex(script);
    ++count;
  }
  EXPECT_EQ(count, static_cast<int>(document.Size()));
  EXPECT_GT(count, 5);
}

TEST(ScriptText, Forms) {
  EXPECT_EQ(to_asm(script_of("0 -1 1 16 0x01 0x11 0x04 0xffffffff 0x05 0x0100000000")),
            "0 -1 1 16 17 -2147483647 0100000000");
  EXPECT_EQ(to_asm(script_of("0x04 0x01000000 0x01 0x80")), "1 0");
  EXPECT_EQ(to_asm(script_of("NOP2 NOP3 NOP1 NOP10 CHECKSIGADD 0xbb 0xfe 0xff")),
            "OP_CHECKLOCKTIMEVERIFY OP_CHECKSEQUENCEVERIFY OP_NOP1 OP_NOP10 OP_CHECKSIGADD OP_UNKNOWN OP_UNKNOWN "
            "OP_INVALIDOPCODE");
  EXPECT_EQ(to_asm(script_of("1 0x05 0x01")), "1 [error]");
  EXPECT_EQ(to_asm(script_of("0x4c")), "[error]");
  EXPECT_EQ(to_asm({}), "");
  EXPECT_EQ(to_asm(script_of("RETURN 0x05 0x0102030405 VERIF RESERVED1")),
            "OP_RETURN 0102030405 OP_VERIF OP_RESERVED1");
}

TEST(ScriptText, SighashSuffixes) {
  const TestKey key{42};
  const crypto::Hash32 hash{1};
  struct Row {
    std::uint8_t type;
    const char* suffix;
  };
  for (const Row row : {Row{1, "[ALL]"}, Row{2, "[NONE]"}, Row{3, "[SINGLE]"}, Row{0x81, "[ALL|ANYONECANPAY]"},
                        Row{0x82, "[NONE|ANYONECANPAY]"}, Row{0x83, "[SINGLE|ANYONECANPAY]"}}) {
    const Bytes signature = key.sign(hash, row.type);
    const std::string der = to_hex(ByteView{signature}.first(signature.size() - 1));
    EXPECT_EQ(to_asm(pushes_of({signature}), SighashSuffix::Decode), der + row.suffix);
    EXPECT_EQ(to_asm(pushes_of({signature})), to_hex(signature));
    EXPECT_EQ(to_asm(joined({{0x6a}, pushes_of({signature})}), SighashSuffix::Decode),
              "OP_RETURN " + to_hex(signature));
  }
  const Bytes undefined = key.sign(hash, 0x41);
  EXPECT_EQ(to_asm(pushes_of({undefined}), SighashSuffix::Decode), to_hex(undefined));
}

TEST(ScriptBuilding, PushesUseTheShortestOpcode) {
  EXPECT_EQ(to_hex(ScriptBuilder{}.push(Bytes{}).push(Bytes{5}).push(Bytes{0x81}).take()), "0001050181");
  EXPECT_EQ(to_hex(ScriptBuilder{}.push_minimal(Bytes{}).push_minimal(Bytes{5}).push_minimal(Bytes{0x81}).take()),
            "00554f");
  EXPECT_EQ(
      to_hex(ScriptBuilder{}.push_number(0).push_number(-1).push_number(16).push_number(17).push_number(-2).take()),
      "004f6001110182");
  for (const std::size_t size : {75u, 76u, 255u, 256u, 65'535u, 65'536u}) {
    const Bytes script = ScriptBuilder{}.push(Bytes(size, 1)).take();
    EXPECT_EQ(script.size(), size + (size < 76 ? 1u : size < 256 ? 2u : size < 65'536 ? 3u : 5u));
    ScriptReader reader{script};
    const auto step = reader.next();
    ASSERT_TRUE(step.has_value());
    EXPECT_EQ(step->data.size(), size);
    EXPECT_TRUE(is_minimal_push(*step));
    EXPECT_TRUE(reader.at_end());
  }
  EXPECT_FALSE(is_minimal_push({static_cast<Op>(1), Bytes{5}}));
  EXPECT_FALSE(is_minimal_push({Op::PushData1, Bytes(75, 1)}));
  EXPECT_FALSE(is_minimal_push({Op::PushData2, Bytes(255, 1)}));
}

TEST(Tables, FlagsHaveNames) {
  for (unsigned i = 0; i < kFlagCount; ++i) {
    const Flags one = Flags::from_bits(1u << i);
    EXPECT_EQ(parse_flags(to_string(one)), one);
  }
  EXPECT_EQ(parse_flags(to_string(Flags::all())), Flags::all());
  EXPECT_EQ(parse_flags(""), Flags{});
  EXPECT_EQ(parse_flags("NONE"), Flags{});
  EXPECT_EQ(to_string({}), "NONE");
  EXPECT_FALSE(parse_flags("P2SH,").has_value());
  EXPECT_FALSE(parse_flags("P2SH,NO_SUCH_FLAG").has_value());
  EXPECT_EQ(to_string(kConsensusFlags),
            "P2SH,DERSIG,NULLDUMMY,CHECKLOCKTIMEVERIFY,CHECKSEQUENCEVERIFY,WITNESS,TAPROOT");
  EXPECT_TRUE(kStandardFlags.contains(kConsensusFlags));
  EXPECT_FALSE(kStandardFlags.has(Flag::SigPushOnly));
  EXPECT_EQ(kStandardFlags.with({Flag::SigPushOnly}), Flags::all());
}

TEST(Tables, ErrorsHaveDistinctNames) {
  for (unsigned i = 0; i < kScriptErrorCount; ++i) {
    const auto error = static_cast<ScriptError>(i);
    EXPECT_EQ(parse_script_error(vector_name(error)), error);
    EXPECT_FALSE(reject_text(error).empty());
  }
  EXPECT_FALSE(parse_script_error("OK").has_value());
}

TEST(Tables, OpcodesByName) {
  for (unsigned byte = 0; byte < 256; ++byte) {
    const auto op = static_cast<Op>(byte);
    const auto name = info_of(op).name;
    if (name == "OP_UNKNOWN") continue;
    EXPECT_EQ(opcode_by_name(name), op) << name;
  }
  EXPECT_EQ(opcode_by_name("CHECKSIG"), Op::CheckSig);
  EXPECT_EQ(opcode_by_name("OP_NOP2"), Op::CheckLockTimeVerify);
  EXPECT_EQ(opcode_by_name("OP_1NEGATE"), Op::OneNegate);
  EXPECT_FALSE(opcode_by_name("OP_UNKNOWN").has_value());
  EXPECT_FALSE(opcode_by_name("").has_value());
}

}  // namespace
}  // namespace kepeng::script
