// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// The opcodes: values, the names that bitcoind prints, and what the rules say about each byte.
//
// One row per byte 0x00-0xff in an immutable table (`opcode_table.cpp`). Bytes 0x01-0x4b push that many bytes and have
// no enumerator. Thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace kepeng::script {

enum class Op : std::uint8_t {
  Zero = 0x00,
  PushData1 = 0x4c,
  PushData2 = 0x4d,
  PushData4 = 0x4e,
  OneNegate = 0x4f,
  Reserved = 0x50,
  One = 0x51,
  Two = 0x52,
  Three = 0x53,
  Sixteen = 0x60,
  Nop = 0x61,
  Ver = 0x62,
  If = 0x63,
  NotIf = 0x64,
  VerIf = 0x65,
  VerNotIf = 0x66,
  Else = 0x67,
  EndIf = 0x68,
  Verify = 0x69,
  Return = 0x6a,
  ToAltStack = 0x6b,
  FromAltStack = 0x6c,
  TwoDrop = 0x6d,
  TwoDup = 0x6e,
  ThreeDup = 0x6f,
  TwoOver = 0x70,
  TwoRot = 0x71,
  TwoSwap = 0x72,
  IfDup = 0x73,
  Depth = 0x74,
  Drop = 0x75,
  Dup = 0x76,
  Nip = 0x77,
  Over = 0x78,
  Pick = 0x79,
  Roll = 0x7a,
  Rot = 0x7b,
  Swap = 0x7c,
  Tuck = 0x7d,
  Cat = 0x7e,
  Substr = 0x7f,
  Left = 0x80,
  Right = 0x81,
  Size = 0x82,
  Invert = 0x83,
  And = 0x84,
  Or = 0x85,
  Xor = 0x86,
  Equal = 0x87,
  EqualVerify = 0x88,
  Reserved1 = 0x89,
  Reserved2 = 0x8a,
  OneAdd = 0x8b,
  OneSub = 0x8c,
  TwoMul = 0x8d,
  TwoDiv = 0x8e,
  Negate = 0x8f,
  Abs = 0x90,
  Not = 0x91,
  ZeroNotEqual = 0x92,
  Add = 0x93,
  Sub = 0x94,
  Mul = 0x95,
  Div = 0x96,
  Mod = 0x97,
  LShift = 0x98,
  RShift = 0x99,
  BoolAnd = 0x9a,
  BoolOr = 0x9b,
  NumEqual = 0x9c,
  NumEqualVerify = 0x9d,
  NumNotEqual = 0x9e,
  LessThan = 0x9f,
  GreaterThan = 0xa0,
  LessThanOrEqual = 0xa1,
  GreaterThanOrEqual = 0xa2,
  Min = 0xa3,
  Max = 0xa4,
  Within = 0xa5,
  Ripemd160 = 0xa6,
  Sha1 = 0xa7,
  Sha256 = 0xa8,
  Hash160 = 0xa9,
  Hash256 = 0xaa,
  CodeSeparator = 0xab,
  CheckSig = 0xac,
  CheckSigVerify = 0xad,
  CheckMultisig = 0xae,
  CheckMultisigVerify = 0xaf,
  Nop1 = 0xb0,
  CheckLockTimeVerify = 0xb1,
  CheckSequenceVerify = 0xb2,
  Nop4 = 0xb3,
  Nop10 = 0xb9,
  CheckSigAdd = 0xba,
  Invalid = 0xff,
};

struct OpcodeInfo {
  std::string_view name;       // as in asm: "0", "-1", "16", "OP_DUP", "OP_UNKNOWN"
  std::uint8_t min_depth = 0;  // items that the main stack must hold before the opcode looks at anything
  bool disabled = false;       // fails a legacy or version 0 script even where it is not executed
  bool op_success = false;     // BIP342: makes a tapscript valid
};

const OpcodeInfo& info_of(Op op);

constexpr std::uint8_t to_byte(Op op) {
  return static_cast<std::uint8_t>(op);
}
// A byte 0x00-0x4e: brings its data along.
constexpr bool is_data_push(Op op) {
  return op <= Op::PushData4;
}
// Counted against the limit of 201.
constexpr bool is_counted(Op op) {
  return op > Op::Sixteen;
}
constexpr bool is_small_integer(Op op) {
  return op == Op::Zero || (op >= Op::One && op <= Op::Sixteen);
}
// OP_0, OP_1 ... OP_16 and their numbers.
constexpr int small_integer(Op op) {
  return op == Op::Zero ? 0 : to_byte(op) - (to_byte(Op::One) - 1);
}
constexpr Op small_integer_op(unsigned number) {
  return number == 0 ? Op::Zero : static_cast<Op>(to_byte(Op::One) - 1 + number);
}

// The opcode of a name with or without "OP_": OP_RESERVED and everything from OP_NOP up, plus "OP_0" ... "OP_16",
// "OP_1NEGATE", and the old names OP_NOP2, OP_NOP3, OP_FALSE, OP_TRUE. Direct pushes have no names.
std::optional<Op> opcode_by_name(std::string_view name);

}  // namespace kepeng::script
