-- Which person a quarantined row may be about: its number is unusable, but name and one half of the number still agree.
-- Where both halves agree the row is that person's, and others who share one half are left out.
with quarantined as (
    select * from {{ ref('stg_lake__quarantined_rows') }} where hint_head_key is not null or hint_tail_key is not null
),

persons as (
    select person_key, hint_head_key, hint_tail_key from {{ ref('int_persons__unified') }}
),

by_head as (
    select quarantined.*, persons.person_key
    from quarantined
    inner join persons on quarantined.hint_head_key = persons.hint_head_key
),

by_tail as (
    select quarantined.*, persons.person_key
    from quarantined
    inner join persons on quarantined.hint_tail_key = persons.hint_tail_key
),

matches as (
    select * from by_head
    union all
    select * from by_tail
),

counted as (
    select
        feed_id,
        batch_id,
        row_number,
        person_key,
        max(period_end_date) as period_end_date,
        max(benefit_month) as benefit_month,
        max(programme_code) as programme_code,
        max(household_id_civil_affairs) as household_id_civil_affairs,
        count(*) as halves_count
    from matches
    group by feed_id, batch_id, row_number, person_key
),

final as (
    select
        feed_id,
        batch_id,
        row_number,
        person_key,
        period_end_date,
        -- A payment row without a readable month belongs to the month of its file.
        coalesce(benefit_month, {{ month_start('period_end_date') }}) as benefit_month,
        programme_code,
        household_id_civil_affairs
    from counted
    qualify halves_count = max(halves_count) over (partition by feed_id, batch_id, row_number)
)

select * from final
