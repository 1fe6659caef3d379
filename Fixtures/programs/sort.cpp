// Sorts the lines of its input and counts equal ones; then the words by how often they come.
#include <algorithm>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

int main() {
    std::ios::sync_with_stdio(false);
    std::vector<std::string> lines;
    std::map<std::string, long> words;
    for (std::string line; std::getline(std::cin, line);) {
        std::istringstream stream(line);
        for (std::string word; stream >> word;) words[word]++;
        lines.push_back(std::move(line));
    }
    std::sort(lines.begin(), lines.end());
    for (auto line = lines.begin(); line != lines.end();) {
        auto next = std::find_if(line, lines.end(), [&](const std::string &other) { return other != *line; });
        std::cout << next - line << '\t' << *line << '\n';
        line = next;
    }
    std::vector<std::pair<std::string, long>> frequent(words.begin(), words.end());
    std::stable_sort(
        frequent.begin(), frequent.end(), [](const auto &a, const auto &b) { return a.second > b.second; });
    for (size_t i = 0; i < frequent.size() && i < 100; i++)
        std::cout << frequent[i].first << ' ' << frequent[i].second << '\n';
    std::cerr << lines.size() << " lines\n";
    return lines.empty() ? 1 : 0;
}
