#include "typed_lines.hpp"

#include <array>
#include <cerrno>
#include <poll.h>
#include <unistd.h>

namespace calluna::runtime::console {

typed_lines::typed_lines(int descriptor) : descriptor_(descriptor), signal_{SIGINT} {}

bool typed_lines::interrupted() noexcept {
  if (!signal_.raised()) return false;
  signal_.lower();
  return true;
}

typed_lines::news typed_lines::wait(std::chrono::milliseconds patience) {
  for (;;) {
    if (interrupted()) return news::interrupted;
    if (read_.find('\n') != std::string::npos) return news::line;
    if (at_end_) return read_.empty() ? news::end : news::line;
    pollfd one{descriptor_, POLLIN, 0};
    auto const ready = ::poll(&one, 1, static_cast<int>(patience.count()));
    if (ready == 0) return news::idle;
    if (ready < 0) {
      if (errno != EINTR) at_end_ = true;
      continue;
    }
    std::array<char, 4096> some;
    auto const size = ::read(descriptor_, some.data(), some.size());
    if (size > 0)
      read_.append(some.data(), static_cast<std::size_t>(size));
    else if (size == 0 || errno != EINTR)
      at_end_ = true;
  }
}

std::string typed_lines::take() {
  auto const end = read_.find('\n');
  auto line = read_.substr(0, end);
  read_.erase(0, end == std::string::npos ? end : end + 1);
  return line;
}

}  // namespace calluna::runtime::console
