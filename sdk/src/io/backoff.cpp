#include <calluna/io/backoff.hpp>

#include <algorithm>

namespace calluna::io {

backoff::duration backoff::next() noexcept {
  auto wait = policy_.first;
  for (int i = 0; i < attempts_ && wait < policy_.ceiling; ++i) wait *= 2;
  wait = std::min(wait, policy_.ceiling);
  ++attempts_;
  // xorshift64: enough chance for spreading retries.
  random_ ^= random_ << 13;
  random_ ^= random_ >> 7;
  random_ ^= random_ << 17;
  double const chance = static_cast<double>(random_ >> 11) / 9007199254740992.0;
  return duration(static_cast<duration::rep>(static_cast<double>(wait.count()) *
                                             (1.0 - policy_.jitter * chance)));
}

}  // namespace calluna::io
