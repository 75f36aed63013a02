// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/script/opcodes.h>

#include <array>

namespace kepeng::script {
namespace {

struct Row {
  std::uint8_t byte;
  std::string_view name;
  std::uint8_t min_depth = 0;
  bool disabled = false;
};

constexpr bool kDisabled = true;

// CHECKLOCKTIMEVERIFY, CHECKSEQUENCEVERIFY, IF, NOTIF, CHECKMULTISIG and CHECKSIGADD look at other things before they
// look at the depth of the stack; they check it themselves.
constexpr std::array kRows{
    Row{0x00, "0"},
    Row{0x4c, "OP_PUSHDATA1"},
    Row{0x4d, "OP_PUSHDATA2"},
    Row{0x4e, "OP_PUSHDATA4"},
    Row{0x4f, "-1"},
    Row{0x50, "OP_RESERVED"},
    Row{0x51, "1"},
    Row{0x52, "2"},
    Row{0x53, "3"},
    Row{0x54, "4"},
    Row{0x55, "5"},
    Row{0x56, "6"},
    Row{0x57, "7"},
    Row{0x58, "8"},
    Row{0x59, "9"},
    Row{0x5a, "10"},
    Row{0x5b, "11"},
    Row{0x5c, "12"},
    Row{0x5d, "13"},
    Row{0x5e, "14"},
    Row{0x5f, "15"},
    Row{0x60, "16"},
    // Flow
    Row{0x61, "OP_NOP"},
    Row{0x62, "OP_VER"},
    Row{0x63, "OP_IF"},
    Row{0x64, "OP_NOTIF"},
    Row{0x65, "OP_VERIF"},
    Row{0x66, "OP_VERNOTIF"},
    Row{0x67, "OP_ELSE"},
    Row{0x68, "OP_ENDIF"},
    Row{0x69, "OP_VERIFY", 1},
    Row{0x6a, "OP_RETURN"},
    // Stacks
    Row{0x6b, "OP_TOALTSTACK", 1},
    Row{0x6c, "OP_FROMALTSTACK"},
    Row{0x6d, "OP_2DROP", 2},
    Row{0x6e, "OP_2DUP", 2},
    Row{0x6f, "OP_3DUP", 3},
    Row{0x70, "OP_2OVER", 4},
    Row{0x71, "OP_2ROT", 6},
    Row{0x72, "OP_2SWAP", 4},
    Row{0x73, "OP_IFDUP", 1},
    Row{0x74, "OP_DEPTH"},
    Row{0x75, "OP_DROP", 1},
    Row{0x76, "OP_DUP", 1},
    Row{0x77, "OP_NIP", 2},
    Row{0x78, "OP_OVER", 2},
    Row{0x79, "OP_PICK", 2},
    Row{0x7a, "OP_ROLL", 2},
    Row{0x7b, "OP_ROT", 3},
    Row{0x7c, "OP_SWAP", 2},
    Row{0x7d, "OP_TUCK", 2},
    // Bytes
    Row{0x7e, "OP_CAT", 0, kDisabled},
    Row{0x7f, "OP_SUBSTR", 0, kDisabled},
    Row{0x80, "OP_LEFT", 0, kDisabled},
    Row{0x81, "OP_RIGHT", 0, kDisabled},
    Row{0x82, "OP_SIZE", 1},
    Row{0x83, "OP_INVERT", 0, kDisabled},
    Row{0x84, "OP_AND", 0, kDisabled},
    Row{0x85, "OP_OR", 0, kDisabled},
    Row{0x86, "OP_XOR", 0, kDisabled},
    Row{0x87, "OP_EQUAL", 2},
    Row{0x88, "OP_EQUALVERIFY", 2},
    Row{0x89, "OP_RESERVED1"},
    Row{0x8a, "OP_RESERVED2"},
    // Numbers
    Row{0x8b, "OP_1ADD", 1},
    Row{0x8c, "OP_1SUB", 1},
    Row{0x8d, "OP_2MUL", 0, kDisabled},
    Row{0x8e, "OP_2DIV", 0, kDisabled},
    Row{0x8f, "OP_NEGATE", 1},
    Row{0x90, "OP_ABS", 1},
    Row{0x91, "OP_NOT", 1},
    Row{0x92, "OP_0NOTEQUAL", 1},
    Row{0x93, "OP_ADD", 2},
    Row{0x94, "OP_SUB", 2},
    Row{0x95, "OP_MUL", 0, kDisabled},
    Row{0x96, "OP_DIV", 0, kDisabled},
    Row{0x97, "OP_MOD", 0, kDisabled},
    Row{0x98, "OP_LSHIFT", 0, kDisabled},
    Row{0x99, "OP_RSHIFT", 0, kDisabled},
    Row{0x9a, "OP_BOOLAND", 2},
    Row{0x9b, "OP_BOOLOR", 2},
    Row{0x9c, "OP_NUMEQUAL", 2},
    Row{0x9d, "OP_NUMEQUALVERIFY", 2},
    Row{0x9e, "OP_NUMNOTEQUAL", 2},
    Row{0x9f, "OP_LESSTHAN", 2},
    Row{0xa0, "OP_GREATERTHAN", 2},
    Row{0xa1, "OP_LESSTHANOREQUAL", 2},
    Row{0xa2, "OP_GREATERTHANOREQUAL", 2},
    Row{0xa3, "OP_MIN", 2},
    Row{0xa4, "OP_MAX", 2},
    Row{0xa5, "OP_WITHIN", 3},
    // Hashes and signatures
    Row{0xa6, "OP_RIPEMD160", 1},
    Row{0xa7, "OP_SHA1", 1},
    Row{0xa8, "OP_SHA256", 1},
    Row{0xa9, "OP_HASH160", 1},
    Row{0xaa, "OP_HASH256", 1},
    Row{0xab, "OP_CODESEPARATOR"},
    Row{0xac, "OP_CHECKSIG", 2},
    Row{0xad, "OP_CHECKSIGVERIFY", 2},
    Row{0xae, "OP_CHECKMULTISIG"},
    Row{0xaf, "OP_CHECKMULTISIGVERIFY"},
    // Expansion
    Row{0xb0, "OP_NOP1"},
    Row{0xb1, "OP_CHECKLOCKTIMEVERIFY"},
    Row{0xb2, "OP_CHECKSEQUENCEVERIFY"},
    Row{0xb3, "OP_NOP4"},
    Row{0xb4, "OP_NOP5"},
    Row{0xb5, "OP_NOP6"},
    Row{0xb6, "OP_NOP7"},
    Row{0xb7, "OP_NOP8"},
    Row{0xb8, "OP_NOP9"},
    Row{0xb9, "OP_NOP10"},
    Row{0xba, "OP_CHECKSIGADD"},
    Row{0xff, "OP_INVALIDOPCODE"},
};

constexpr std::string_view kUnknownName = "OP_UNKNOWN";

// BIP342's list.
constexpr bool is_op_success(unsigned byte) {
  return byte == 80 || byte == 98 || (byte >= 126 && byte <= 129) || (byte >= 131 && byte <= 134) ||
         (byte >= 137 && byte <= 138) || (byte >= 141 && byte <= 142) || (byte >= 149 && byte <= 153) ||
         (byte >= 187 && byte <= 254);
}

constexpr std::array<OpcodeInfo, 256> make_table() {
  std::array<OpcodeInfo, 256> table;
  for (unsigned byte = 0; byte < 256; ++byte) table[byte] = {kUnknownName, 0, false, is_op_success(byte)};
  for (const Row& row : kRows) {
    table[row.byte].name = row.name;
    table[row.byte].min_depth = row.min_depth;
    table[row.byte].disabled = row.disabled;
  }
  return table;
}

constexpr std::array<OpcodeInfo, 256> kTable = make_table();

struct Alias {
  std::string_view name;
  Op op;
};
constexpr std::array kAliases{
    Alias{"1NEGATE", Op::OneNegate},
    Alias{"FALSE", Op::Zero},
    Alias{"TRUE", Op::One},
    Alias{"NOP2", Op::CheckLockTimeVerify},
    Alias{"NOP3", Op::CheckSequenceVerify},
};

constexpr std::string_view without_prefix(std::string_view name) {
  return name.starts_with("OP_") ? name.substr(3) : name;
}

}  // namespace

const OpcodeInfo& info_of(Op op) {
  return kTable[to_byte(op)];
}

std::optional<Op> opcode_by_name(std::string_view name) {
  const std::string_view bare = without_prefix(name);
  for (const Alias& alias : kAliases) {
    if (alias.name == bare) return alias.op;
  }
  for (const Row& row : kRows) {
    if (without_prefix(row.name) == bare) return static_cast<Op>(row.byte);
  }
  return std::nullopt;
}

}  // namespace kepeng::script
