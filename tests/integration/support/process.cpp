#include "process.hpp"

#include "eventually.hpp"

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace calluna::integration {
namespace {

// Between fork and exec: nothing that allocates.
[[noreturn]] void become(char* const* arguments, int output, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);
  int const nothing = ::open("/dev/null", O_RDONLY);
  ::dup2(nothing, STDIN_FILENO);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  ::execvp(arguments[0], arguments);
  ::_exit(127);
}

}  // namespace

process::process(std::vector<std::string> const& command, std::filesystem::path const& output)
    : output_(output) {
  std::vector<char*> arguments;
  for (auto const& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  int const file =
      ::open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (file < 0) throw std::runtime_error("cannot write " + output.string());
  pid_t const parent = ::getpid();
  pid_ = ::fork();
  if (pid_ == 0) become(arguments.data(), file, parent);
  ::close(file);
  if (pid_ < 0) throw std::runtime_error("fork failed");
}

process::~process() {
  if (!running()) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

bool process::running() {
  if (code_) return false;
  int status = 0;
  if (::waitpid(pid_, &status, WNOHANG) == 0) return true;
  code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return false;
}

void process::signal(int number) {
  if (running()) ::kill(pid_, number);
}

std::optional<int> process::wait_end(std::chrono::milliseconds bound) {
  eventually([&] { return !running(); }, bound, 2ms);
  return code_;
}

outcome run_to_end(std::vector<std::string> const& command, std::filesystem::path const& folder,
                   std::chrono::milliseconds bound) {
  static std::atomic<int> number{0};
  auto const file = folder / ("command-" + std::to_string(++number) + ".out");
  process one{command, file};
  auto const code = one.wait_end(bound);
  if (!code) throw std::runtime_error(command[0] + " took too long: " + one.output().text());
  outcome done{*code, one.output().text()};
  std::filesystem::remove(file);
  return done;
}

}  // namespace calluna::integration
