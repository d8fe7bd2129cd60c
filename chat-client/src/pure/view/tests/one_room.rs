use super::helper::*;
#[test]
fn probe() {
    for (w,h) in [(40,10),(80,24),(120,40)] {
    let mut s = Stage::joined(w,h,&["lobby"]);
    s.said("lobby",1,"alice","hello everybody, this is a somewhat longer line that wraps https://example.org/x");
    s.said("lobby",2,"bob","hi me");
    s.enter("a text of my own");
    s.type_text("next");
    println!("{}", s.screen());
    }
}
