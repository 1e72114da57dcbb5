#include "signal_flag.hpp"

namespace calluna::runtime {
namespace {

volatile std::sig_atomic_t signalled = 0;

}  // namespace

signal_flag::signal_flag(std::initializer_list<int> signals) {
  lower();
  struct sigaction ours {};
  ours.sa_handler = [](int) { signalled = 1; };
  sigemptyset(&ours.sa_mask);  // and no SA_RESTART
  for (int const number : signals) {
    before_.emplace_back(number, decltype(ours){});
    ::sigaction(number, &ours, &before_.back().second);
  }
}

signal_flag::~signal_flag() {
  for (auto const& [number, action] : before_) ::sigaction(number, &action, nullptr);
}

bool signal_flag::raised() const noexcept {
  return signalled != 0;
}

void signal_flag::lower() noexcept {
  signalled = 0;
}

}  // namespace calluna::runtime
