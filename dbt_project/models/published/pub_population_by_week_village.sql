with persons as (
    select * from {{ ref('dim_person') }} where is_in_police_register
),

weeks as (
    select week_seq, week_end_date from {{ ref('dim_week') }} where week_seq > 0
),

bounds as (
    select
        min(week_end_date) as week_0_end,
        max(week_seq) as last_seq
    from {{ ref('dim_week') }}
),

registered as (
    select
        persons.police_town_code as town_code,
        persons.police_village_code as village_code,
        persons.police_urban_rural_code as urban_rural_code,
        {{ week_of('persons.registered_from_date', 'bounds.week_0_end', 'bounds.last_seq') }} as from_seq,
        {{ week_of('persons.left_date', 'bounds.week_0_end', 'bounds.last_seq') }} as to_seq
    from persons
    cross join bounds
),

-- Half a million people begin and end on few Sundays: count them together before anything runs week by week.
pieces as (
    select
        town_code,
        village_code,
        urban_rural_code,
        from_seq,
        to_seq,
        count(*) as persons
    from registered
    where from_seq < to_seq
    group by town_code, village_code, urban_rural_code, from_seq, to_seq
),

stocks as (
    {{ stock_by_week(
        'pieces', ['town_code', 'village_code', 'urban_rural_code'], {'registered_persons_count': 'persons'}, 'weeks'
    ) }}
),

final as (
    select
        week_end_date,
        town_code,
        village_code,
        urban_rural_code,
        registered_persons_count
    from stocks
)

select * from final
