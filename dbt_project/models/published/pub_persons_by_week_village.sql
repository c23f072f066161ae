with runs as (
    select * from {{ ref('fct_person_run') }}
),

weeks as (
    select week_seq, week_end_date from {{ ref('dim_week') }} where week_seq > 0
),

pieces as (
    select *, 1 as person from runs
),

stocks as (
    {{ stock_by_week(
        'pieces',
        [
            'town_code', 'village_code', 'urban_rural_code', 'layer_code', 'sex_code', 'age_band_code', 'has_disability',
        ],
        {'persons_count': 'person'},
        'weeks'
    ) }}
),

final as (
    select
        week_end_date,
        town_code,
        village_code,
        urban_rural_code,
        layer_code,
        sex_code,
        age_band_code,
        has_disability,
        persons_count
    from stocks
)

select * from final
