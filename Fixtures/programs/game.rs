// A text game: find the way out of a maze that depends on the seed, one letter a move. The clock ticks, but what is
// printed does not depend on how fast.
use std::io::{self, BufRead, Write};
use std::time::{Duration, Instant, SystemTime};

const SIZE: usize = 15;

struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) as usize % limit
    }
}

fn maze(random: &mut Random) -> Vec<Vec<char>> {
    let mut cells = vec![vec!['#'; SIZE]; SIZE];
    let mut path = vec![(1, 1)];
    cells[1][1] = ' ';
    while let Some(&(x, y)) = path.last() {
        let mut ways: Vec<(usize, usize)> = Vec::new();
        for (dx, dy) in [(0i32, -2i32), (2, 0), (0, 2), (-2, 0)] {
            let (nx, ny) = (x as i32 + dx, y as i32 + dy);
            if nx > 0 && ny > 0 && (nx as usize) < SIZE - 1 && (ny as usize) < SIZE - 1 && cells[ny as usize][nx as usize] == '#' {
                ways.push((nx as usize, ny as usize));
            }
        }
        if ways.is_empty() {
            path.pop();
            continue;
        }
        let (nx, ny) = ways[random.below(ways.len())];
        cells[(y + ny) / 2][(x + nx) / 2] = ' ';
        cells[ny][nx] = ' ';
        path.push((nx, ny));
    }
    cells
}

fn main() {
    let seed = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(1);
    let player = std::env::var("PLAYER").unwrap_or_else(|_| "nobody".into());
    let cells = maze(&mut Random(seed));
    let started = Instant::now();
    let (mut x, mut y, mut moves, mut bumps) = (1, 1, 0, 0);
    println!("Hello, {}!", player);
    for row in &cells {
        println!("{}", row.iter().collect::<String>());
    }
    let mut last = started;
    for line in io::stdin().lock().lines() {
        let line = line.expect("a line");
        for letter in line.chars() {
            let (nx, ny) = match letter {
                'n' => (x, y - 1),
                's' => (x, y + 1),
                'e' => (x + 1, y),
                'w' => (x - 1, y),
                'z' => {
                    std::thread::sleep(Duration::from_millis(5));
                    println!("you slept: {}", last.elapsed() >= Duration::from_millis(5));
                    (x, y)
                }
                other => {
                    println!("what is {:?}?", other);
                    (x, y)
                }
            };
            moves += 1;
            if cells[ny][nx] == '#' {
                bumps += 1;
                println!("ouch at {},{}", nx, ny);
            } else {
                x = nx;
                y = ny;
            }
            assert!(Instant::now() >= last);
            last = Instant::now();
        }
        print!("at {},{} ", x, y);
        io::stdout().flush().expect("flushing");
        println!("after {} moves", moves);
        if (x, y) == (SIZE - 2, SIZE - 2) {
            println!("out, with {} bumps", bumps);
            break;
        }
    }
    let in_this_century = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map(|time| time.as_secs() > 1_000_000_000);
    println!("the clock is set: {}", in_this_century.unwrap_or(false));
    std::process::exit(if (x, y) == (SIZE - 2, SIZE - 2) { 0 } else { 17 });
}
