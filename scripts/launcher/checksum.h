/* XXH64 (xxhash.com), of one piece at a time: the sum of a piece is the seed of the next. Little-endian, as both processors are. */
#define PIECE ((size_t)1 << 20)

#define PRIME_1 0x9E3779B185EBCA87ull
#define PRIME_2 0xC2B2AE3D27D4EB4Full
#define PRIME_3 0x165667B19E3779F9ull
#define PRIME_4 0x85EBCA77C2B2AE63ull
#define PRIME_5 0x27D4EB2F165667C5ull

static uint64_t rotate(uint64_t value, int by) {
  return value << by | value >> (64 - by);
}

static uint64_t mix(uint64_t lane, uint64_t word) {
  return rotate(lane + word * PRIME_2, 31) * PRIME_1;
}

static uint64_t word_at(const unsigned char *at) {
  return *(const uint64_t __attribute__((may_alias, aligned(1))) *)at;
}

static uint32_t half_at(const unsigned char *at) {
  return *(const uint32_t __attribute__((may_alias, aligned(1))) *)at;
}

static uint64_t checksum(const unsigned char *at, size_t size, uint64_t seed) {
  const unsigned char *end = at + size;
  uint64_t sum = seed + PRIME_5;
  if (size >= 32) {
    uint64_t a = seed + PRIME_1 + PRIME_2, b = seed + PRIME_2, c = seed, d = seed - PRIME_1;
    for (; end - at >= 32; at += 32) {
      a = mix(a, word_at(at)), b = mix(b, word_at(at + 8)), c = mix(c, word_at(at + 16)), d = mix(d, word_at(at + 24));
    }
    sum = rotate(a, 1) + rotate(b, 7) + rotate(c, 12) + rotate(d, 18);
    sum = (sum ^ mix(0, a)) * PRIME_1 + PRIME_4;
    sum = (sum ^ mix(0, b)) * PRIME_1 + PRIME_4;
    sum = (sum ^ mix(0, c)) * PRIME_1 + PRIME_4;
    sum = (sum ^ mix(0, d)) * PRIME_1 + PRIME_4;
  }
  sum += size;
  for (; end - at >= 8; at += 8) sum = rotate(sum ^ mix(0, word_at(at)), 27) * PRIME_1 + PRIME_4;
  for (; end - at >= 4; at += 4) sum = rotate(sum ^ half_at(at) * PRIME_1, 23) * PRIME_2 + PRIME_3;
  for (; at < end; at++) sum = rotate(sum ^ *at * PRIME_5, 11) * PRIME_1;
  sum = (sum ^ sum >> 33) * PRIME_2;
  sum = (sum ^ sum >> 29) * PRIME_3;
  return sum ^ sum >> 32;
}
