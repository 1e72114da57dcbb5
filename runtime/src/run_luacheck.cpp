#include "check_sources.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <optional>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace calluna::runtime {
namespace {

/// What the program writes; nothing if it is not there. No shell reads the arguments.
std::optional<std::string> output_of(std::vector<std::string> words) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return {};
  posix_spawn_file_actions_t files;
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawn_file_actions_adddup2(&files, ends[1], STDOUT_FILENO);
  ::posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_t child = 0;
  int const failed = ::posix_spawnp(&child, argv[0], &files, nullptr, argv.data(), environ);
  ::posix_spawn_file_actions_destroy(&files);
  ::close(ends[1]);
  std::string text;
  if (failed == 0) {
    std::array<char, 4096> piece;
    ssize_t got = 0;
    while ((got = ::read(ends[0], piece.data(), piece.size())) > 0 || (got < 0 && errno == EINTR))
      if (got > 0) text.append(piece.data(), static_cast<std::size_t>(got));
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) == 127) {
      ::close(ends[0]);
      return {};
    }
  }
  ::close(ends[0]);
  return failed == 0 ? std::optional(std::move(text)) : std::nullopt;
}

}  // namespace

std::vector<std::string> run_luacheck(std::vector<std::filesystem::path> const& files,
                                      bool& missing) {
  missing = false;
  if (files.empty()) return {};
  std::vector<std::string> words{
      "luacheck", "--formatter",          "plain",       "--no-color", "--std",
      "luajit",   "--no-max-line-length", "--no-global", "--"};
  for (auto const& file : files) words.push_back(file.string());
  auto const told = output_of(std::move(words));
  if (!told) {
    missing = true;
    return {};
  }
  std::vector<std::string> lines;
  std::size_t from = 0;
  for (std::size_t end = 0; (end = told->find('\n', from)) != std::string::npos; from = end + 1)
    if (end > from) lines.push_back(told->substr(from, end - from));
  return lines;
}

}  // namespace calluna::runtime
