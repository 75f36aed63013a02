// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Optimised, g++ 12 takes a freed vector for memory that was never allocated.
#pragma GCC diagnostic ignored "-Wfree-nonheap-object"

#include <random>

#include "script_testing.h"

namespace kepeng::script {
namespace {

const std::string kOk = "OK";

TEST(StackItems, C011_Truthiness) {
  for (const std::size_t size : {1u, 2u, 5u, 33u, 520u}) {
    Bytes zero(size, 0x00);
    Bytes negative_zero = zero;
    negative_zero.back() = 0x80;
    for (const Bytes& item : {Bytes{}, zero, negative_zero}) {
      EXPECT_FALSE(is_true(item));
      const auto with = [&item](const char* text) {
        return run_scripts(ScriptBuilder{}.op(Op::One).push(item).take(), script_of(text));
      };
      EXPECT_EQ(with("IF RETURN ENDIF"), kOk);
      EXPECT_EQ(with("NOTIF ELSE RETURN ENDIF"), kOk);
      EXPECT_EQ(with("VERIFY"), "VERIFY");
      EXPECT_EQ(with("IFDUP DEPTH 2 EQUAL"), kOk);
      EXPECT_EQ(with("NOP"), "EVAL_FALSE");
    }
    std::vector<Bytes> true_items{zero, zero};
    true_items[0].back() = 0x01;
    true_items[1].front() = 0x80;  // only a last byte 0x80 is a sign
    if (size == 1) true_items[1] = {0x81};
    for (const Bytes& item : true_items) {
      EXPECT_TRUE(is_true(item));
      const auto with = [&item](const char* text) {
        return run_scripts(ScriptBuilder{}.op(Op::One).push(item).take(), script_of(text));
      };
      EXPECT_EQ(with("NOTIF RETURN ENDIF"), kOk);
      EXPECT_EQ(with("IF ELSE RETURN ENDIF"), kOk);
      EXPECT_EQ(with("VERIFY"), kOk);
      EXPECT_EQ(with("IFDUP DEPTH 3 EQUAL"), kOk);
      EXPECT_EQ(with("NOP"), kOk);
    }
  }
}

// The definition, written the slow way.
std::int64_t number_of(ByteView item) {
  std::int64_t value = 0;
  for (std::size_t i = item.size(); i-- > 0;) {
    const std::uint8_t byte = i + 1 == item.size() ? item[i] & 0x7f : item[i];
    value = value * 256 + byte;
  }
  return !item.empty() && (item.back() & 0x80) != 0 ? -value : value;
}

TEST(ScriptNumbers, C012_EncodingAgainstTheDefinition) {
  std::mt19937_64 random{4};
  for (int i = 0; i < 20'000; ++i) {
    const int bits = static_cast<int>(random() % 55);
    std::int64_t number = static_cast<std::int64_t>(random() & ((std::uint64_t{1} << bits) - 1));
    if (random() % 2 == 0) number = -number;
    const EncodedNumber encoded = encode_number(number);
    EXPECT_EQ(number_of(encoded.view()), number);
    const auto decoded = decode_number(encoded.view(), {8, NumberEncoding::Minimal});
    ASSERT_TRUE(decoded.ok()) << number;
    EXPECT_EQ(*decoded, number);
    Bytes padded = to_bytes(encoded.view());
    if (padded.empty()) {
      padded = {0x80};
    } else {
      const std::uint8_t sign = padded.back() & 0x80;
      padded.back() &= 0x7f;
      padded.push_back(sign);
      if ((encoded.view().back() & 0x7f) == 0 && encoded.size > 1) continue;  // the sign byte was needed
    }
    EXPECT_EQ(number_of(padded), number);
    EXPECT_EQ(*decode_number(padded, {8, NumberEncoding::Any}), number);
    EXPECT_FALSE(decode_number(padded, {8, NumberEncoding::Minimal}).ok()) << number;
  }
  const std::int64_t lowest = std::numeric_limits<std::int64_t>::min();
  EXPECT_EQ(encode_number(lowest).size, 9);
}

TEST(ScriptNumbers, C012_OperandsAndResults) {
  EXPECT_EQ(run_text("", "2147483647 2147483647 ADD SIZE 5 EQUALVERIFY 4294967294 EQUAL"), kOk);
  EXPECT_EQ(run_text("", "2147483647 2147483647 ADD 1ADD"), "SCRIPTNUM");
  EXPECT_EQ(run_text("", "-2147483647 2147483647 SUB SIZE 5 EQUALVERIFY -4294967294 EQUAL"), kOk);
  EXPECT_EQ(run_text("", "0x05 0x0100000000 1ADD"), "SCRIPTNUM");  // five bytes, whatever the value
  EXPECT_EQ(run_text("", "0x04 0x01000000 1ADD 2 EQUAL"), kOk);
  EXPECT_EQ(run_text("", "0x04 0x01000000 1ADD 2 EQUAL", {Flag::MinimalData}), "SCRIPTNUM");
  EXPECT_EQ(run_text("", "0x01 0x80 1ADD 1 EQUAL"), kOk);  // negative zero
  EXPECT_EQ(run_text("", "0x01 0x80 0 NUMEQUAL"), kOk);
  EXPECT_EQ(run_text("", "0x01 0x80 NOT"), kOk);
  EXPECT_EQ(run_text("", "-5 ABS 5 EQUALVERIFY -5 NEGATE 5 EQUALVERIFY -5 0NOTEQUAL"), kOk);
}

TEST(ScriptNumbers, C013_BooleansAreEmptyOrOne) {
  struct Row {
    const char* when_true;
    const char* when_false;
  };
  for (const Row row : {Row{"0 NOT", "1 NOT"}, Row{"5 0NOTEQUAL", "0 0NOTEQUAL"}, Row{"1 2 BOOLAND", "1 0 BOOLAND"},
                        Row{"0 2 BOOLOR", "0 0 BOOLOR"}, Row{"2 2 NUMEQUAL", "2 3 NUMEQUAL"},
                        Row{"2 3 NUMNOTEQUAL", "2 2 NUMNOTEQUAL"}, Row{"2 3 LESSTHAN", "3 3 LESSTHAN"},
                        Row{"3 2 GREATERTHAN", "3 3 GREATERTHAN"}, Row{"3 3 LESSTHANOREQUAL", "4 3 LESSTHANOREQUAL"},
                        Row{"3 3 GREATERTHANOREQUAL", "2 3 GREATERTHANOREQUAL"}, Row{"2 2 EQUAL", "2 3 EQUAL"},
                        Row{"1 1 2 WITHIN", "2 1 2 WITHIN"}, Row{"0 0 0 CHECKMULTISIG", "0 0 CHECKSIG"}}) {
    EXPECT_EQ(run_text("", std::string{row.when_true} + " SIZE 1 EQUALVERIFY 0x01 0x01 EQUAL"), kOk) << row.when_true;
    EXPECT_EQ(run_text("", std::string{row.when_false} + " SIZE 0 EQUALVERIFY 0 EQUAL"), kOk) << row.when_false;
    EXPECT_EQ(run_text("", std::string{row.when_true} + " SHA256 0x01 0x01 SHA256 EQUAL"), kOk) << row.when_true;
  }
}

TEST(StackOpcodes, C014_PickAndRollIndexes) {
  const std::string items = "11 12 13 14 ";
  EXPECT_EQ(run_text("", items + "0 PICK 14 EQUALVERIFY DEPTH 4 EQUAL"), kOk);
  EXPECT_EQ(run_text("", items + "3 PICK 11 EQUALVERIFY DEPTH 4 EQUAL"), kOk);
  EXPECT_EQ(run_text("", items + "0 ROLL 14 EQUALVERIFY DEPTH 3 EQUAL"), kOk);
  EXPECT_EQ(run_text("", items + "3 ROLL 11 EQUALVERIFY 14 EQUALVERIFY 13 EQUALVERIFY 12 EQUAL"), kOk);
  for (const char* op : {"PICK", "ROLL"}) {
    for (const char* index : {"-1", "4", "5", "2147483647", "-2147483647"}) {
      EXPECT_EQ(run_text("", items + index + " " + op), "INVALID_STACK_OPERATION") << index << " " << op;
    }
    EXPECT_EQ(run_text("", items + "4294967296 " + op), "SCRIPTNUM");
    EXPECT_EQ(run_text("", items + "0x05 0x0100000000 " + op), "SCRIPTNUM");
    EXPECT_EQ(run_text("", std::string{"0 "} + op), "INVALID_STACK_OPERATION");
    EXPECT_EQ(run_text("", op), "INVALID_STACK_OPERATION");
  }
}

TEST(StackOpcodes, C015_WithinIncludesTheLowEndOnly) {
  EXPECT_EQ(run_text("", "5 5 6 WITHIN"), kOk);
  EXPECT_EQ(run_text("", "6 5 6 WITHIN"), "EVAL_FALSE");
  EXPECT_EQ(run_text("", "4 5 6 WITHIN"), "EVAL_FALSE");
  EXPECT_EQ(run_text("", "5 5 5 WITHIN"), "EVAL_FALSE");
  EXPECT_EQ(run_text("", "-1 -100 100 WITHIN"), kOk);
}

using Model = std::vector<std::int64_t>;

struct ModelOp {
  const char* name;
  std::size_t needs;
  void (*apply)(Model&);
};

template <std::size_t Distance, std::size_t Count>
void copy_below(Model& stack) {
  const Model items(stack.end() - Distance - Count, stack.end() - Distance);
  stack.insert(stack.end(), items.begin(), items.end());
}
template <std::size_t Depth, std::size_t Count>
void bring_up(Model& stack) {
  const Model items(stack.end() - Depth, stack.end() - Depth + Count);
  stack.erase(stack.end() - Depth, stack.end() - Depth + Count);
  stack.insert(stack.end(), items.begin(), items.end());
}

const ModelOp kModelOps[] = {
    {"DROP", 1, [](Model& stack) { stack.pop_back(); }},
    {"2DROP", 2, [](Model& stack) { stack.resize(stack.size() - 2); }},
    {"NIP", 2, [](Model& stack) { stack.erase(stack.end() - 2); }},
    {"DUP", 1, copy_below<0, 1>},
    {"2DUP", 2, copy_below<0, 2>},
    {"3DUP", 3, copy_below<0, 3>},
    {"OVER", 2, copy_below<1, 1>},
    {"2OVER", 4, copy_below<2, 2>},
    {"SWAP", 2, bring_up<2, 1>},
    {"ROT", 3, bring_up<3, 1>},
    {"2SWAP", 4, bring_up<4, 2>},
    {"2ROT", 6, bring_up<6, 2>},
    {"TUCK", 2, [](Model& stack) { stack.insert(stack.end() - 2, stack.back()); }},
    {"DEPTH", 0, [](Model& stack) { stack.push_back(static_cast<std::int64_t>(stack.size())); }},
    {"IFDUP", 1, copy_below<0, 1>},
};

// A tapscript that fills the stack, runs the opcode and compares every item with the model.
std::string compare_with_model(std::size_t depth, const std::string& text, void (*apply)(Model&)) {
  ScriptBuilder builder;
  Model model;
  for (std::size_t i = 0; i < depth; ++i) {
    model.push_back(static_cast<std::int64_t>(i + 1000));
    builder.push_number(model.back());
  }
  builder.raw(script_of(text));
  apply(model);
  if (model.size() > kStackItemsMax) return "STACK_SIZE";
  if (model.size() == kStackItemsMax) {  // no room to push what to compare with
    builder.op(Op::Drop);
    model.pop_back();
  }
  for (; !model.empty(); model.pop_back()) builder.push_number(model.back()).op(Op::EqualVerify);
  return run_tapscript(builder.op(Op::One).take());
}

TEST(StackOpcodes, C016_DeepStacksAgainstAModel) {
  int cases = 0;
  for (const std::size_t depth : {6u, 7u, 15u, 16u, 17u, 31u, 32u, 33u, 63u, 64u, 65u, 998u, 999u, 1000u}) {
    for (const ModelOp& op : kModelOps) {
      Model grown(depth, 1);
      op.apply(grown);
      if (grown.size() > kStackItemsMax) {
        EXPECT_EQ(run_tapscript(joined({repeat("1", depth), script_of(op.name)})), "STACK_SIZE") << op.name;
      } else {
        EXPECT_EQ(compare_with_model(depth, op.name, op.apply), kOk) << op.name << " at " << depth;
      }
      ++cases;
    }
  }
  EXPECT_EQ(cases, 14 * 15);
  for (const std::size_t depth : {15u, 16u, 17u, 31u, 32u, 33u, 63u, 64u, 65u, 998u, 999u}) {
    const std::string bottom = std::to_string(depth - 1);
    EXPECT_EQ(
        compare_with_model(depth, bottom + " ROLL", [](Model& s) { std::rotate(s.begin(), s.begin() + 1, s.end()); }),
        kOk);
    EXPECT_EQ(compare_with_model(depth, bottom + " PICK", [](Model& s) { s.push_back(s.front()); }), kOk) << depth;
    EXPECT_EQ(compare_with_model(depth, "7 ROLL", bring_up<8, 1>), kOk) << depth;
  }
}

TEST(StackOpcodes, C017_EveryOpcodeHasItsMinimumDepth) {
  struct Row {
    const char* name;
    std::size_t depth;
  };
  const Row rows[] = {
      {"VERIFY", 1},
      {"TOALTSTACK", 1},
      {"2DROP", 2},
      {"2DUP", 2},
      {"3DUP", 3},
      {"2OVER", 4},
      {"2ROT", 6},
      {"2SWAP", 4},
      {"IFDUP", 1},
      {"DROP", 1},
      {"DUP", 1},
      {"NIP", 2},
      {"OVER", 2},
      {"PICK", 2},
      {"ROLL", 2},
      {"ROT", 3},
      {"SWAP", 2},
      {"TUCK", 2},
      {"SIZE", 1},
      {"EQUAL", 2},
      {"EQUALVERIFY", 2},
      {"1ADD", 1},
      {"1SUB", 1},
      {"NEGATE", 1},
      {"ABS", 1},
      {"NOT", 1},
      {"0NOTEQUAL", 1},
      {"ADD", 2},
      {"SUB", 2},
      {"BOOLAND", 2},
      {"BOOLOR", 2},
      {"NUMEQUAL", 2},
      {"NUMEQUALVERIFY", 2},
      {"NUMNOTEQUAL", 2},
      {"LESSTHAN", 2},
      {"GREATERTHAN", 2},
      {"LESSTHANOREQUAL", 2},
      {"GREATERTHANOREQUAL", 2},
      {"MIN", 2},
      {"MAX", 2},
      {"WITHIN", 3},
      {"RIPEMD160", 1},
      {"SHA1", 1},
      {"SHA256", 1},
      {"HASH160", 1},
      {"HASH256", 1},
      {"CHECKSIG", 2},
      {"CHECKSIGVERIFY", 2},
      {"CHECKMULTISIG", 3},
      {"CHECKMULTISIGVERIFY", 3},
      {"IF", 1},
      {"NOTIF", 1},
      {"CHECKLOCKTIMEVERIFY", 1},
      {"CHECKSEQUENCEVERIFY", 1},
  };
  const Flags flags{Flag::CheckLockTimeVerify, Flag::CheckSequenceVerify};
  for (const Row& row : rows) {
    for (std::size_t depth = 0; depth <= row.depth; ++depth) {
      const std::string verdict = run_scripts(repeat("0", depth), script_of(row.name), flags);
      EXPECT_EQ(verdict == "INVALID_STACK_OPERATION", depth < row.depth)
          << row.name << " at " << depth << ": " << verdict;
    }
  }
  EXPECT_EQ(std::size(rows), 54u);
  EXPECT_EQ(run_tapscript(script_of("0 0 CHECKSIGADD")), "INVALID_STACK_OPERATION");
  EXPECT_EQ(run_text("", "1 FROMALTSTACK"), "INVALID_ALTSTACK_OPERATION");
}

TEST(FlowOpcodes, C018_NopsDoNothingInConsensus) {
  const std::string nops = "1 NOP1 NOP4 NOP5 NOP6 NOP7 NOP8 NOP9 NOP10";
  EXPECT_EQ(run_text("", nops, kConsensusFlags), kOk);
  EXPECT_EQ(run_text("", nops), kOk);
  for (const char* nop : {"NOP1", "NOP4", "NOP5", "NOP6", "NOP7", "NOP8", "NOP9", "NOP10"}) {
    const std::string script = std::string{"1 "} + nop;
    EXPECT_EQ(run_text("", script, {Flag::DiscourageUpgradableNops}), "DISCOURAGE_UPGRADABLE_NOPS") << nop;
    EXPECT_EQ(run_text("", std::string{"0 IF "} + nop + " ENDIF 1", {Flag::DiscourageUpgradableNops}), kOk) << nop;
  }
  // NOP2 and NOP3 got a meaning, and without the flags they have none, discouraged or not.
  EXPECT_EQ(run_text("", "-1 NOP2 NOP3", {Flag::DiscourageUpgradableNops}), kOk);
  EXPECT_EQ(run_text("", "-1 NOP2", {Flag::CheckLockTimeVerify}), "NEGATIVE_LOCKTIME");
  EXPECT_EQ(run_text("", "-1 NOP3", {Flag::CheckSequenceVerify}), "NEGATIVE_LOCKTIME");
}

TEST(FlowOpcodes, C019_CleanStack) {
  const Flags clean{Flag::P2sh, Flag::Witness, Flag::CleanStack};
  EXPECT_EQ(run_text("1", "1", kConsensusFlags), kOk);
  EXPECT_EQ(run_text("1", "1", clean), "CLEANSTACK");
  EXPECT_EQ(run_text("", "1", clean), kOk);
  EXPECT_EQ(run_p2sh(script_of("1"), script_of("1"), kConsensusFlags), kOk);
  EXPECT_EQ(run_p2sh(script_of("1"), script_of("1"), clean), "CLEANSTACK");
  EXPECT_EQ(run_p2wsh(script_of("1 1")), "CLEANSTACK");
  EXPECT_EQ(run_p2wsh(script_of("NOP")), "CLEANSTACK");
  EXPECT_EQ(run_tapscript(script_of("1 1")), "CLEANSTACK");
  EXPECT_EQ(run_tapscript(script_of("0")), "EVAL_FALSE");
  EXPECT_EQ(run_p2wsh(script_of("0")), "EVAL_FALSE");
}

struct Locks {
  std::uint32_t version = 2;
  std::uint32_t lock_time = 0;
  std::uint32_t sequence = 0;
};

std::string run_lock(const std::string& script, Locks locks, Flags flags) {
  MutableTransaction tx;
  tx.version = locks.version;
  tx.lock_time = locks.lock_time;
  tx.inputs.emplace_back().sequence = locks.sequence;
  tx.outputs.push_back({Amount{1}, {}});
  return Judge{}.verdict(*tx.freeze(), 0, {{Amount{1}, script_of(script)}}, flags);
}

TEST(FlowOpcodes, C033_CheckLockTime) {
  const Flags flags{Flag::CheckLockTimeVerify};
  const auto run = [&](const std::string& operand, std::uint32_t lock_time, std::uint32_t sequence = 0) {
    return run_lock(operand + " CHECKLOCKTIMEVERIFY DROP 1", {1, lock_time, sequence}, flags);
  };
  const std::string kNo = "UNSATISFIED_LOCKTIME";
  EXPECT_EQ(run("100", 100), kOk);
  EXPECT_EQ(run("101", 100), kNo);
  EXPECT_EQ(run("0", 0), kOk);
  EXPECT_EQ(run("499999999", 499'999'999), kOk);
  EXPECT_EQ(run("499999999", 500'000'000), kNo);  // a height against a time
  EXPECT_EQ(run("500000000", 499'999'999), kNo);
  EXPECT_EQ(run("500000000", 500'000'000), kOk);
  EXPECT_EQ(run("4294967295", 4'294'967'295), kOk);  // needs five bytes
  EXPECT_EQ(run("4294967296", 4'294'967'295), kNo);
  EXPECT_EQ(run("549755813887", 4'294'967'295), kNo);
  EXPECT_EQ(run("549755813888", 4'294'967'295), "SCRIPTNUM");  // six bytes
  EXPECT_EQ(run("-1", 100), "NEGATIVE_LOCKTIME");
  EXPECT_EQ(run("100", 100, 0xffffffff), kNo);  // a final input switches nLockTime off
  EXPECT_EQ(run("100", 100, 0xfffffffe), kOk);
  EXPECT_EQ(run_lock("CHECKLOCKTIMEVERIFY 1", {}, flags), "INVALID_STACK_OPERATION");
  EXPECT_EQ(run_lock("7 CHECKLOCKTIMEVERIFY 7 EQUAL", {1, 7, 0}, flags), kOk);  // stays on the stack
  EXPECT_EQ(run_lock("100 CHECKLOCKTIMEVERIFY", {1, 0, 0}, {}), kOk);
}

TEST(FlowOpcodes, C034_CheckSequence) {
  const Flags flags{Flag::CheckSequenceVerify};
  const auto run = [&](const std::string& operand, Locks locks) {
    return run_lock(operand + " CHECKSEQUENCEVERIFY DROP 1", locks, flags);
  };
  const std::string kNo = "UNSATISFIED_LOCKTIME";
  EXPECT_EQ(run("10", {2, 0, 10}), kOk);
  EXPECT_EQ(run("11", {2, 0, 10}), kNo);
  EXPECT_EQ(run("10", {2, 0, 10 | 1u << 31}), kNo);
  EXPECT_EQ(run("10", {2, 0, 10 | 1u << 22}), kNo);
  EXPECT_EQ(run("4194314", {2, 0, 10 | 1u << 22}), kOk);  // bit 22 and 10
  EXPECT_EQ(run("4194315", {2, 0, 10 | 1u << 22}), kNo);
  EXPECT_EQ(run("65536", {2, 0, 0}), kOk);  // bits outside the mask
  EXPECT_EQ(run("65536", {2, 0, 0xffff0000u & ~(1u << 31) & ~(1u << 22)}), kOk);
  EXPECT_EQ(run("-1", {2, 0, 10}), "NEGATIVE_LOCKTIME");
  EXPECT_EQ(run("549755813888", {2, 0, 10}), "SCRIPTNUM");
  // Bit 31 of the operand asks for nothing, and is looked at before the version.
  EXPECT_EQ(run("2147483648", {1, 0, 0xffffffff}), kOk);
  EXPECT_EQ(run("2147483658", {0, 0, 0}), kOk);
  EXPECT_EQ(run("4294967296", {2, 0, 0}), kOk);  // bit 32 does not matter
  for (const std::uint32_t version : {0u, 1u, 2u, 3u, 0x7fffffffu, 0x80000000u, 0xffffffffu}) {
    EXPECT_EQ(run("1", {version, 0, 1}), version >= 2 ? kOk : kNo) << version;
  }
  EXPECT_EQ(run_lock("CHECKSEQUENCEVERIFY 1", {}, flags), "INVALID_STACK_OPERATION");
  EXPECT_EQ(run_lock("7 CHECKSEQUENCEVERIFY 7 EQUAL", {2, 0, 7}, flags), kOk);
  EXPECT_EQ(run_lock("100 CHECKSEQUENCEVERIFY", {1, 0, 0}, {}), kOk);
}

}  // namespace
}  // namespace kepeng::script
