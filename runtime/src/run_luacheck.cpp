#include "check_sources.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace calluna::runtime {
namespace {

/// What a program has written, and how it ended.
struct ending {
  std::string text;
  bool started = false;
  int status = 0;  ///< as waitpid tells it
};

/// No shell reads the arguments.
ending run_to_its_end(std::vector<std::string> words) {
  ending out;
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return out;
  posix_spawn_file_actions_t files;
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawn_file_actions_adddup2(&files, ends[1], STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&files, ends[1], STDERR_FILENO);
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_t child = 0;
  out.started = ::posix_spawnp(&child, argv[0], &files, nullptr, argv.data(), environ) == 0;
  ::posix_spawn_file_actions_destroy(&files);
  ::close(ends[1]);
  std::array<char, 4096> piece;
  ssize_t got = 0;
  while (out.started &&
         ((got = ::read(ends[0], piece.data(), piece.size())) > 0 || (got < 0 && errno == EINTR)))
    if (got > 0) out.text.append(piece.data(), static_cast<std::size_t>(got));
  ::close(ends[0]);
  while (out.started && ::waitpid(child, &out.status, 0) < 0 && errno == EINTR) {
  }
  return out;
}

std::vector<std::string> lines_in(std::string const& text) {
  std::vector<std::string> lines;
  std::size_t from = 0;
  for (std::size_t end = 0; (end = text.find('\n', from)) != std::string::npos; from = end + 1)
    if (end > from) lines.push_back(text.substr(from, end - from));
  return lines;
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
  auto const told = run_to_its_end(std::move(words));
  constexpr int not_found = 127, worst_finding = 2;  // 3 and more: it could not do its work
  missing = !told.started || (WIFEXITED(told.status) && WEXITSTATUS(told.status) == not_found);
  if (missing) return {};
  auto lines = lines_in(told.text);
  if (!WIFEXITED(told.status) || WEXITSTATUS(told.status) > worst_finding)
    lines = {"luacheck failed: " + (lines.empty() ? "it said nothing" : lines.front())};
  return lines;
}

}  // namespace calluna::runtime
