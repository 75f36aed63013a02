// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <chrono>
#include <set>

#include "script_testing.h"

namespace kepeng::script {
namespace {

const std::string kOk = "OK";

// A script of exactly this many bytes that leaves one true item and counts few operations.
Bytes script_of_size(std::size_t size) {
  ScriptBuilder builder;
  const Bytes block(520, 0x01);
  while (size - builder.script().size() > 600) builder.push(block).op(Op::Drop);
  std::size_t left = size - builder.script().size() - 1;
  for (; left > 76; left -= 52) builder.push(Bytes(50, 0x01)).op(Op::Drop);
  builder.push(Bytes(left - 2, 0x01)).op(Op::Drop).op(Op::One);
  EXPECT_EQ(builder.script().size(), size);
  return builder.take();
}

TEST(ScriptLimits, C001_TruncatedPushFailsWhenReached) {
  for (const char* text : {"1 0x05 0x01020304", "1 0x4c", "1 0x4c05 0x01", "1 0x4d01", "1 0x4d0200 0x01",
                           "1 0x4e010000", "1 0x4effffffff 0x01", "1 0x4b"}) {
    EXPECT_EQ(run_text("1", text), "BAD_OPCODE") << text;
    EXPECT_EQ(run_text(text, "1"), "BAD_OPCODE") << text;
    EXPECT_EQ(run_text("0", std::string{"IF "} + text), "BAD_OPCODE") << text;  // in a dead branch too
    EXPECT_EQ(run_p2wsh(script_of(text)), "BAD_OPCODE") << text;
    EXPECT_EQ(run_tapscript(script_of(text)), "BAD_OPCODE") << text;
  }
  EXPECT_EQ(run_text("1", "RETURN 0x05 0x01"), "OP_RETURN");  // not reached
}

TEST(ScriptLimits, C002_ScriptSize) {
  const Bytes largest = script_of_size(10'000);
  const Bytes too_large = script_of_size(10'001);
  EXPECT_EQ(run_scripts({}, largest), kOk);
  EXPECT_EQ(run_scripts({}, too_large), "SCRIPT_SIZE");
  EXPECT_EQ(run_scripts(largest, script_of("1")), kOk);
  EXPECT_EQ(run_scripts(too_large, script_of("1")), "SCRIPT_SIZE");
  EXPECT_EQ(run_p2wsh(largest), kOk);
  EXPECT_EQ(run_p2wsh(too_large), "SCRIPT_SIZE");
  EXPECT_EQ(run_tapscript(largest), kOk);
  EXPECT_EQ(run_tapscript(too_large), kOk);
  EXPECT_EQ(run_tapscript(script_of_size(100'000)), kOk);
  // A redeem script is a push, so 520 bytes are its limit.
  EXPECT_EQ(run_p2sh(script_of_size(520)), kOk);
  EXPECT_EQ(run_p2sh(script_of_size(521)), "PUSH_SIZE");
}

TEST(ScriptLimits, C003_ElementSize) {
  for (const std::size_t size : {520u, 521u}) {
    const Bytes item(size, 0x01);
    const std::string expected = size == 520 ? kOk : "PUSH_SIZE";
    const Bytes executed = ScriptBuilder{}.push(item).op(Op::Drop).op(Op::One).take();
    const Bytes dead = ScriptBuilder{}.op(Op::Zero).op(Op::If).push(item).op(Op::EndIf).op(Op::One).take();
    for (const Bytes& script : {executed, dead}) {
      EXPECT_EQ(run_scripts({}, script), expected);
      EXPECT_EQ(run_p2wsh(script), expected);
      EXPECT_EQ(run_tapscript(script), expected);
    }
    const Bytes drop = script_of("DROP 1");
    EXPECT_EQ(run_p2wsh(drop, {item}), expected);
    EXPECT_EQ(run_tapscript(drop, {item}), expected);
  }
}

TEST(ScriptLimits, C004_OperationCount) {
  const auto dead_nops = [](std::size_t count) {
    return joined({script_of("0 IF"), repeat("NOP", count), script_of("ENDIF 1")});
  };
  EXPECT_EQ(run_scripts({}, dead_nops(199)), kOk);
  EXPECT_EQ(run_scripts({}, dead_nops(200)), "OP_COUNT");
  EXPECT_EQ(run_p2wsh(dead_nops(199)), kOk);
  EXPECT_EQ(run_p2wsh(dead_nops(200)), "OP_COUNT");
  EXPECT_EQ(run_tapscript(dead_nops(5'000)), kOk);
  // OP_RESERVED is not above OP_16.
  EXPECT_EQ(run_scripts({}, joined({script_of("0 IF"), repeat("RESERVED", 1'000), script_of("ENDIF 1")})), kOk);
  // Each script counts for itself.
  EXPECT_EQ(run_scripts(joined({repeat("NOP", 201), script_of("1")}), repeat("NOP", 201)), kOk);

  const auto multisig = [](std::size_t nops) {
    return joined({repeat("NOP", nops), script_of("0 0"), repeat("0", 20), script_of("20 CHECKMULTISIG")});
  };
  EXPECT_EQ(run_scripts({}, multisig(180)), kOk);
  EXPECT_EQ(run_scripts({}, multisig(181)), "OP_COUNT");
  EXPECT_EQ(run_p2wsh(multisig(180)), kOk);
  EXPECT_EQ(run_p2wsh(multisig(181)), "OP_COUNT");
}

TEST(ScriptLimits, C005_StackSize) {
  EXPECT_EQ(run_scripts({}, repeat("1", 1'000)), kOk);
  EXPECT_EQ(run_scripts({}, repeat("1", 1'001)), "STACK_SIZE");
  // Both stacks together. The alt stack counts, and starts empty in the second script.
  EXPECT_EQ(run_tapscript(joined({repeat("1 TOALTSTACK", 999), script_of("1")})), kOk);
  EXPECT_EQ(run_tapscript(joined({repeat("1 TOALTSTACK", 1'000), script_of("1")})), "STACK_SIZE");
  const Bytes full = joined({repeat("1", 900), repeat("TOALTSTACK", 100)});
  EXPECT_EQ(run_scripts(full, repeat("1", 200)), kOk);
  EXPECT_EQ(run_scripts(full, repeat("1", 201)), "STACK_SIZE");

  // Version 0 looks after the first opcode, tapscript before it.
  const std::vector<Bytes> items(1'001, Bytes{1});
  const std::vector<Bytes> more(1'002, Bytes{1});
  EXPECT_EQ(run_p2wsh(script_of("DROP"), items), "CLEANSTACK");
  EXPECT_EQ(run_p2wsh(script_of("DROP"), more), "STACK_SIZE");
  EXPECT_EQ(run_p2wsh(script_of("NOTIF 1 1 ENDIF"), items), "CLEANSTACK");
  EXPECT_EQ(run_p2wsh(script_of("NOTIF 1 1 ENDIF"), more), "STACK_SIZE");
  EXPECT_EQ(run_tapscript(script_of("DROP"), items), "STACK_SIZE");
  EXPECT_EQ(run_tapscript(repeat("2DROP", 500), std::vector<Bytes>(1'000, Bytes{1})), "CLEANSTACK");
  EXPECT_EQ(run_tapscript(joined({repeat("2DROP", 499), script_of("DROP")}), std::vector<Bytes>(1'000, Bytes{1})), kOk);
}

const std::set<unsigned> kDisabled{126, 127, 128, 129, 131, 132, 133, 134, 141, 142, 149, 150, 151, 152, 153};

TEST(ScriptLimits, C006_DisabledOpcodes) {
  ASSERT_EQ(kDisabled.size(), 15u);
  for (const unsigned byte : kDisabled) {
    const Bytes op{static_cast<std::uint8_t>(byte)};
    const Bytes executed = joined({script_of("1 1 1"), op});
    const Bytes dead = joined({script_of("0 IF"), op, script_of("ENDIF 1")});
    for (const Bytes& script : {executed, dead}) {
      EXPECT_EQ(run_scripts({}, script), "DISABLED_OPCODE") << byte;
      EXPECT_EQ(run_p2wsh(script), "DISABLED_OPCODE") << byte;
      EXPECT_EQ(run_tapscript(script), kOk) << byte;
    }
  }
}

bool is_op_success(unsigned byte) {
  return byte == 80 || byte == 98 || (byte >= 126 && byte <= 129) || (byte >= 131 && byte <= 134) || byte == 137 ||
         byte == 138 || byte == 141 || byte == 142 || (byte >= 149 && byte <= 153) || (byte >= 187 && byte <= 254);
}

// The byte as an opcode, with the data it needs.
Bytes whole_opcode(unsigned byte) {
  Bytes bytes{static_cast<std::uint8_t>(byte)};
  if (byte < 76) bytes.resize(1 + byte, 0x01);
  if (byte >= 76 && byte <= 78) bytes.resize(1 + (1u << (byte - 76)), 0x00);
  return bytes;
}

std::string dead_verdict(unsigned byte, bool tapscript) {
  if (tapscript && is_op_success(byte)) return "OK";
  if (!tapscript && kDisabled.contains(byte)) return "DISABLED_OPCODE";
  if (byte == 101 || byte == 102) return "BAD_OPCODE";                            // VERIF, VERNOTIF
  if (byte == 99 || byte == 100 || byte == 104) return "UNBALANCED_CONDITIONAL";  // IF, NOTIF, ENDIF
  return "OK";
}

bool is_bad_when_executed(unsigned byte, bool tapscript) {
  const std::set<unsigned> reserved{80, 98, 101, 102, 137, 138};
  if (tapscript) return byte == 101 || byte == 102 || byte == 255;
  return reserved.contains(byte) || byte > 0xb9;
}

TEST(ScriptLimits, C007_EveryByteExecutedAndNot) {
  int cases = 0;
  for (unsigned byte = 0; byte < 256; ++byte) {
    const Bytes op = whole_opcode(byte);
    const Bytes dead = joined({script_of("0 IF"), op, script_of("ENDIF 1")});
    EXPECT_EQ(run_scripts({}, dead), dead_verdict(byte, false)) << byte;
    EXPECT_EQ(run_p2wsh(dead), dead_verdict(byte, false)) << byte;
    EXPECT_EQ(run_tapscript(dead), dead_verdict(byte, true)) << byte;

    const Bytes live = joined({script_of("1 1 1 1 1 1 1"), op});
    EXPECT_EQ(run_scripts({}, live) == "BAD_OPCODE", is_bad_when_executed(byte, false)) << byte;
    EXPECT_EQ(run_p2wsh(live) == "BAD_OPCODE", is_bad_when_executed(byte, false)) << byte;
    EXPECT_EQ(run_tapscript(live) == "BAD_OPCODE", is_bad_when_executed(byte, true)) << byte;
    EXPECT_TRUE(!is_op_success(byte) || run_tapscript(live) == kOk) << byte;
    EXPECT_EQ(info_of(static_cast<Op>(byte)).op_success, is_op_success(byte)) << byte;
    EXPECT_EQ(info_of(static_cast<Op>(byte)).disabled, kDisabled.contains(byte)) << byte;
    cases += 6;
  }
  EXPECT_EQ(cases, 1'536);
}

TEST(ScriptLimits, C008_ReturnFailsOnlyWhenExecuted) {
  EXPECT_EQ(run_text("", "1 RETURN"), "OP_RETURN");
  EXPECT_EQ(run_text("", "0 IF RETURN ENDIF 1"), kOk);
  EXPECT_EQ(run_p2wsh(script_of("0 IF RETURN ENDIF 1")), kOk);
  EXPECT_EQ(run_tapscript(script_of("0 IF RETURN ENDIF 1")), kOk);
  EXPECT_EQ(run_tapscript(script_of("1 RETURN")), "OP_RETURN");
}

TEST(ScriptLimits, C009_ScriptsRunSeparately) {
  EXPECT_EQ(run_text("1 RETURN", "1"), "OP_RETURN");
  EXPECT_EQ(run_text("1 TOALTSTACK", "FROMALTSTACK"), "INVALID_ALTSTACK_OPERATION");
  EXPECT_EQ(run_text("1 IF", "ENDIF 1"), "UNBALANCED_CONDITIONAL");
  EXPECT_EQ(run_text("1 0 IF", "0 ENDIF"), "UNBALANCED_CONDITIONAL");
  EXPECT_EQ(run_text("1 0x01", "0x01 DROP"), "BAD_OPCODE");  // a push cannot reach into the other script
  EXPECT_EQ(run_text("1 2", "ADD 3 EQUAL"), kOk);            // the main stack is shared
}

TEST(ScriptLimits, C010_Conditionals) {
  EXPECT_EQ(run_text("", "1 IF 1 ELSE 0 ELSE 1 ADD ENDIF 2 EQUAL"), kOk);  // each ELSE turns round
  EXPECT_EQ(run_text("", "0 IF RETURN ELSE 1 ELSE RETURN ELSE 1 ADD ENDIF 2 EQUAL"), kOk);
  EXPECT_EQ(run_text("", "1 ELSE"), "UNBALANCED_CONDITIONAL");
  EXPECT_EQ(run_text("", "1 ENDIF"), "UNBALANCED_CONDITIONAL");
  EXPECT_EQ(run_text("", "1 1 IF"), "UNBALANCED_CONDITIONAL");
  EXPECT_EQ(run_text("", "IF ENDIF 1"), "INVALID_STACK_OPERATION");
  // An IF in a dead branch opens one more and takes nothing from the stack.
  EXPECT_EQ(run_text("", "1 0 IF IF RETURN ELSE RETURN ENDIF ELSE 1 ENDIF EQUAL"), kOk);
  EXPECT_EQ(run_text("", "0 IF NOTIF ELSE ELSE ENDIF ENDIF 1"), kOk);

  const std::size_t depth = 200'000;
  const Bytes nested =
      joined({script_of("0"), repeat("IF", depth), repeat("ELSE", depth), repeat("ENDIF", depth), script_of("1")});
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(run_tapscript(nested), kOk);
  const auto took = std::chrono::steady_clock::now() - start;
  EXPECT_LT(took, std::chrono::seconds{2});  // 600,000 opcodes; a quadratic one takes minutes
}

}  // namespace
}  // namespace kepeng::script
